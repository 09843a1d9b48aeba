#include "core/memory_ladder.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"

namespace clipmill {
namespace {

constexpr int kMostChunks = 64, kMostStrips = 64;
/// Up to here pieces are still large enough that a stage takes about as long as in one. More cost more than
/// loading components for each clip does, and than streaming blocks, which compute meanwhile.
constexpr int kCheapChunks = 2, kCheapStrips = 2;

/// What the search for a plan begins with.
constexpr MemoryPlan kResident{}, kReleased{.resident = false},
    kApproximate{.resident = false, .denoise = {.int8 = true}};

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
  throw Error(
      ErrorKind::kInput, fmt::format("no memory plan \"{}\"", text),
      "a plan is resident or released, with text streamed, streamed, chunks N, strips N and approximate int8 "
      "weights behind it, apart by commas");
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
  } else if (const auto chunks = count_in(word, "chunks ", kMostChunks)) {
    plan.denoise.chunks = *chunks;
  } else if (const auto strips = count_in(word, "strips ", kMostStrips)) {
    plan.decode.strips = *strips;
  } else {
    refuse(word);
  }
}

std::vector<int> powers_of_two(int most) {
  std::vector<int> powers;
  for (int power = 1; power <= most; power *= 2) powers.push_back(power);
  return powers;
}

/// The ways to run one stage, from the fastest to the smallest; `cheap`: only those that cost next to no
/// time.
std::vector<MemoryPlan> ways(const MemoryPlan& plan, Stage stage, bool cheap) {
  std::vector<MemoryPlan> all;
  const auto add = [&](auto change) { change(all.emplace_back(plan)); };
  if (stage == Stage::kEncodeText) {
    all.push_back(plan);
    if (!cheap) add([](MemoryPlan& p) { p.encode_text.streamed = true; });
  }
  if (stage == Stage::kDenoise) {
    for (const int n : powers_of_two(kCheapChunks)) add([n](MemoryPlan& p) { p.denoise.chunks = n; });
    for (const int n : powers_of_two(cheap ? 0 : kMostChunks))
      add([n](MemoryPlan& p) { p.denoise.streamed = true, p.denoise.chunks = n; });
  }
  if (stage == Stage::kDecode) {
    for (const int n : powers_of_two(cheap ? kCheapStrips : kMostStrips))
      add([n](MemoryPlan& p) { p.decode = {n}; });
  }
  return all;
}

/// From `start`, which is resident or not, on.
PlanChoice choose(std::int64_t budget, const PeakOf& peak, const MemoryPlan& start) {
  PlanChoice choice{.plan = start, .fits = true};
  for (const Stage stage : kPlannedStages) {
    const std::vector<MemoryPlan> all = ways(choice.plan, stage, /*cheap=*/start.resident);
    const auto fits = [&](const MemoryPlan& plan) { return peak(plan, stage) <= budget; };
    const auto least = [&](const std::vector<MemoryPlan>& plans) {
      return *std::ranges::min_element(plans, {}, [&](const MemoryPlan& plan) { return peak(plan, stage); });
    };
    const auto found = std::ranges::find_if(all, fits);
    choice.fits &= found != all.end();
    choice.plan = found != all.end() ? *found : least(all);
    choice.bytes = std::max(choice.bytes, peak(choice.plan, stage));
  }
  return choice;
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
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    apply(plan, trimmed(rest.substr(0, comma)));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return plan;
}

std::optional<MemoryPlan> smaller(const MemoryPlan& plan, Stage stage, bool approximate) {
  MemoryPlan next = plan;
  if (plan.resident) {
    next.resident = false;
  } else if (stage == Stage::kEncodeText && !plan.encode_text.streamed) {
    next.encode_text.streamed = true;
  } else if (stage == Stage::kDenoise && plan.denoise.chunks >= kCheapChunks && !plan.denoise.streamed) {
    next.denoise.streamed = true;
  } else if (stage == Stage::kDenoise && plan.denoise.chunks < kMostChunks) {
    next.denoise.chunks = std::min(2 * plan.denoise.chunks, kMostChunks);
  } else if (stage == Stage::kDenoise && approximate && !plan.denoise.int8) {
    next.denoise.int8 = true;
  } else if (stage == Stage::kDecode && plan.decode.strips < kMostStrips) {
    next.decode.strips = std::min(2 * plan.decode.strips, kMostStrips);
  } else {
    return std::nullopt;
  }
  return next;
}

PlanChoice fastest_plan(std::int64_t budget, const PeakOf& peak, bool approximate) {
  PlanChoice choice = choose(budget, peak, kResident);
  if (!choice.fits) choice = choose(budget, peak, kReleased);
  if (!choice.fits && approximate) choice = choose(budget, peak, kApproximate);
  return choice;
}

std::int64_t smallest_peak(const PeakOf& peak, bool approximate) {
  std::int64_t most = 0;
  for (const Stage stage : kPlannedStages) {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const MemoryPlan& plan : ways(approximate ? kApproximate : kReleased, stage, false))
      least = std::min(least, peak(plan, stage));
    most = std::max(most, least);
  }
  return most;
}

}  // namespace clipmill
