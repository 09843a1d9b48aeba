#include "core/memory_ladder.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"

namespace clipmill {
namespace {

constexpr int kMostPieces = 64;
using Words = std::vector<std::string>;

void add_words(Words& words, const EncodeTextPlan& plan) {
  if (plan.streamed) words.push_back("text streamed");
}

void add_words(Words& words, const DenoisePlan& plan) {
  if (plan.streamed) words.push_back("streamed");
  if (plan.chunks > 1) words.push_back(fmt::format("chunks {}", plan.chunks));
  if (plan.int8) words.push_back("approximate int8 weights");
}

void add_words(Words& words, const DecodePlan& plan) {
  if (plan.strips > 1) words.push_back(fmt::format("strips {}", plan.strips));
}

[[noreturn]] void refuse(std::string_view text) {
  throw input_error(
      "must be resident or released, with text streamed, streamed, chunks N, strips N (N from 1 to {}) and "
      "approximate int8 weights behind it as wanted, apart by commas; \"{}\" is none of that",
      kMostPieces, text);
}

/// Of "chunks 8", if that is what `word` is.
std::optional<int> count_in(std::string_view word, std::string_view name, int most) {
  if (!word.starts_with(name)) return std::nullopt;
  const auto count = number_in<int>(trimmed(word.substr(name.size())));
  if (!count || *count < 1 || *count > most) refuse(word);
  return count;
}

void apply(MemoryPlan& plan, std::string_view word) {
  if (word == "resident") {
    plan.resident = true;
  } else if (word == "released") {
    plan.resident = false;
  } else if (word == "text streamed") {
    plan.encode_text.streamed = true;
  } else if (word == "streamed") {
    plan.denoise.streamed = true;
  } else if (word == "approximate int8 weights") {
    plan.denoise.int8 = true;
  } else if (const auto chunks = count_in(word, "chunks ", kMostPieces)) {
    plan.denoise.chunks = *chunks;
  } else if (const auto strips = count_in(word, "strips ", kMostPieces)) {
    plan.decode.strips = *strips;
  } else {
    refuse(word);
  }
}

/// What stays on the device and what is streamed to it: this decides the peak of every stage. The fastest
/// where all fits comes first.
std::vector<MemoryPlan> placements(bool int8) {
  std::vector<MemoryPlan> all;
  for (const bool resident : {true, false})
    for (const bool text_streamed : {false, true})
      for (const bool streamed : {false, true})
        all.push_back({resident, {text_streamed}, {.streamed = streamed, .int8 = int8}, {}});
  return all;
}

/// How many pieces a stage is cut into decides its own peak only.
int* pieces(MemoryPlan& plan, Stage stage) {
  if (stage == Stage::kDenoise) return &plan.denoise.chunks;
  if (stage == Stage::kDecode) return &plan.decode.strips;
  return nullptr;
}

/// With the fewest pieces of `stage` that fit; else with those that take the least memory.
MemoryPlan in_pieces(const MemoryPlan& placement, Stage stage, std::int64_t budget, const PlanCosts& costs) {
  MemoryPlan plan = placement, least = placement;
  int* const count = pieces(plan, stage);
  std::int64_t bytes = costs.peak(plan, stage);
  for (std::int64_t lowest = bytes; bytes > budget && count && *count < kMostPieces;) {
    *count *= 2;
    bytes = costs.peak(plan, stage);
    if (bytes < lowest) lowest = bytes, least = plan;
  }
  return bytes <= budget ? plan : least;
}

PlanChoice with_pieces(const MemoryPlan& placement, std::int64_t budget, const PlanCosts& costs) {
  PlanChoice choice{.plan = placement};
  for (const Stage stage : kPlannedStages) {
    choice.plan = in_pieces(choice.plan, stage, budget, costs);
    choice.bytes = std::max(choice.bytes, costs.peak(choice.plan, stage));
    choice.seconds += costs.seconds(choice.plan, stage);
  }
  choice.fits = choice.bytes <= budget;
  return choice;
}

bool better(const PlanChoice& a, const PlanChoice& b) {
  if (a.fits != b.fits) return a.fits;
  return a.fits ? a.seconds < b.seconds : a.bytes < b.bytes;
}

}  // namespace

std::string to_string(const MemoryPlan& plan) {
  Words words = {plan.resident ? "resident" : "released"};
  add_words(words, plan.encode_text);
  add_words(words, plan.denoise);
  add_words(words, plan.decode);
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string to_string(const MemoryPlan& plan, Stage stage) {
  Words words = {plan.resident ? "resident" : "released"};
  if (stage == Stage::kEncodeText) add_words(words, plan.encode_text);
  if (stage == Stage::kDenoise) add_words(words, plan.denoise);
  if (stage == Stage::kDecode) add_words(words, plan.decode);
  return fmt::format("{}", fmt::join(words, ", "));
}

MemoryPlan memory_plan_from(std::string_view text) {
  MemoryPlan plan;
  std::set<std::string_view> words;
  for (std::string_view rest = text; words.empty() || !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view word = trimmed(rest.substr(0, comma));
    apply(plan, word);
    words.insert(word);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (words.contains("resident") && words.contains("released")) refuse(text);
  return plan;
}

std::optional<MemoryPlan> smaller(const MemoryPlan& plan, Stage stage, bool approximate) {
  MemoryPlan next = plan;
  const bool all_streamed = plan.encode_text.streamed && plan.denoise.streamed;
  if (plan.resident && !(stage == Stage::kDecode && all_streamed)) {  // where nothing else stays
    next.resident = false;
  } else if (stage == Stage::kEncodeText && !plan.encode_text.streamed) {
    next.encode_text.streamed = true;
  } else if (stage == Stage::kDenoise && !plan.denoise.streamed) {
    next.denoise.streamed = true;
  } else if (stage == Stage::kDenoise && plan.denoise.chunks < kMostPieces) {
    next.denoise.chunks = std::min(2 * plan.denoise.chunks, kMostPieces);
  } else if (stage == Stage::kDenoise && approximate && !plan.denoise.int8) {
    next.denoise.int8 = true;
  } else if (stage == Stage::kDecode && plan.decode.strips < kMostPieces) {
    next.decode.strips = std::min(2 * plan.decode.strips, kMostPieces);
  } else {
    return std::nullopt;
  }
  return next;
}

PlanChoice fastest_plan(std::int64_t budget, const PlanCosts& costs, bool int8) {
  PlanChoice best;
  for (const MemoryPlan& placement : placements(int8)) {
    const PlanChoice choice = with_pieces(placement, budget, costs);
    if (choice.fits && choice.plan == MemoryPlan()) return choice;
    if (best.bytes == 0 || better(choice, best)) best = choice;
  }
  return best;
}

std::int64_t smallest_peak(const PlanCosts& costs, bool approximate) {
  const std::int64_t exact = fastest_plan(0, costs).bytes;
  return approximate ? std::min(exact, fastest_plan(0, costs, true).bytes) : exact;
}

}  // namespace clipmill
