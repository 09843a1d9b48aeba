#include "manifest/seeds.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"

namespace clipmill {
namespace {

Error malformed(std::string_view text) {
  return input_error("must be seeds as [1, 2, 3], \"1..8\" or \"1,2,3\", not \"{}\"", shorten(text, 60));
}

std::int64_t parse_seed(std::string_view part, std::string_view whole) {
  while (part.starts_with(' ')) part.remove_prefix(1);
  while (part.ends_with(' ')) part.remove_suffix(1);
  const auto seed = number_in<std::int64_t>(part);
  if (!seed || *seed < 0) throw malformed(whole);
  return *seed;
}

}  // namespace

std::vector<std::int64_t> parse_seeds(std::string_view text) {
  if (const auto dots = text.find(".."); dots != text.npos) {
    const std::int64_t first = parse_seed(text.substr(0, dots), text);
    const std::int64_t last = parse_seed(text.substr(dots + 2), text);
    if (last < first) throw input_error("must run upwards, not \"{}\"", text);
    if (last - first >= kMostSeeds)
      throw input_error("must be at most {} seeds, not \"{}\"", kMostSeeds, text);
    return consecutive_seeds(first, last - first + 1);
  }
  std::vector<std::int64_t> seeds;
  for (std::string_view rest = text;;) {
    const auto comma = rest.find(',');
    seeds.push_back(parse_seed(rest.substr(0, comma), text));
    if (comma == rest.npos) return checked_seeds(std::move(seeds));
    rest.remove_prefix(comma + 1);
  }
}

std::vector<std::int64_t> checked_seeds(std::vector<std::int64_t> seeds) {
  if (seeds.empty()) throw input_error("must hold at least one seed");
  if (std::ssize(seeds) > kMostSeeds)
    throw input_error("must be at most {} seeds, not {}", kMostSeeds, seeds.size());
  if (const auto least = std::ranges::min(seeds); least < 0)
    throw input_error("must be 0 or more, not {}", least);
  return seeds;
}

std::vector<std::int64_t> consecutive_seeds(std::int64_t first, std::int64_t count) {
  if (count < 1 || count > kMostSeeds) throw input_error("must be from 1 to {}, not {}", kMostSeeds, count);
  if (first > std::numeric_limits<std::int64_t>::max() - (count - 1)) {
    throw input_error("runs beyond the largest seed");
  }
  std::vector<std::int64_t> seeds;
  for (std::int64_t i = 0; i < count; ++i) seeds.push_back(first + i);
  return seeds;
}

}  // namespace clipmill
