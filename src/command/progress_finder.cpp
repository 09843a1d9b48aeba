#include "command/progress_finder.h"

#include <charconv>

#include "core/command_text.h"

namespace clipmill {
namespace {

/// Of a longer line the end is looked at: std::regex recurses once a character.
constexpr std::size_t kLongestLine = 1024;
constexpr std::string_view kLineEnds = "\n\r";

std::string_view end_of(std::string_view line) {
  return line.substr(line.size() - std::min(line.size(), kLongestLine));
}

/// "45.3" as 45; empty if there is no number or it is beyond an int.
std::optional<int> whole(const std::csub_match& group) {
  int number = 0;
  const auto [end, error] = std::from_chars(group.first, group.second, number);
  const bool fraction = end != group.second && *end == '.';
  if (error != std::errc() || (end != group.second && !fraction)) return std::nullopt;
  return number;
}

}  // namespace

ProgressFinder::ProgressFinder(const std::string& pattern)
    : pattern_(pattern.empty() ? std::string(kDefaultProgress) : pattern) {}

std::optional<CommandProgress> ProgressFinder::feed(std::string_view output) {
  const std::size_t last_end = output.find_last_of(kLineEnds);
  if (last_end == output.npos) {
    begun_ = end_of(begun_ + std::string(output));
    return std::nullopt;
  }
  const std::string ended = begun_ + std::string(output.substr(0, last_end));
  begun_ = end_of(output.substr(last_end + 1));
  std::string_view rest = ended;
  while (true) {  // the last line first: what it tells is what counts
    const std::size_t before = rest.find_last_of(kLineEnds);
    if (const auto progress = find(rest.substr(before + 1))) return progress;
    if (before == rest.npos) return std::nullopt;
    rest = rest.substr(0, before);
  }
}

std::optional<CommandProgress> ProgressFinder::find(std::string_view line) const {
  line = end_of(line);
  std::cmatch groups;
  if (!std::regex_search(line.data(), line.data() + line.size(), groups, pattern_)) return std::nullopt;
  const auto done = whole(groups[1]);
  const auto total = groups.size() > 2 ? whole(groups[2]) : std::optional(100);
  if (!done || !total || *done < 0 || *total < 1 || *done > *total) return std::nullopt;
  return CommandProgress{*done, *total};
}

}  // namespace clipmill
