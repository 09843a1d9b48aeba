// Which memory plan is the fastest that fits, and which comes after one that did not.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/memory_plan.h"
#include "core/stage.h"

namespace clipmill {

/// The stages that hold device memory, each with a component of its own.
inline constexpr std::array kPlannedStages = {Stage::kEncodeText, Stage::kDenoise, Stage::kDecode};

/// "resident", "released, streamed, chunks 4, strips 8": what differs from the default.
std::string to_string(const MemoryPlan& plan);
/// Of what concerns one stage: plans with the same text run it alike.
std::string to_string(const MemoryPlan& plan, Stage stage);
/// Reads what to_string() wrote, in any order. Throws Error(kInput) that says what is allowed.
MemoryPlan memory_plan_from(std::string_view text);

/// The next rung down for a stage that did not fit: takes less memory than `plan` in it, and never more in
/// another. Empty where there is none. `approximate`: rungs that change the clip a little may be taken, after
/// all others; so below.
std::optional<MemoryPlan> smaller(const MemoryPlan& plan, Stage stage, bool approximate = false);

/// What a stage takes under a plan; 0 of a stage that does not run.
struct PlanCosts {
  std::function<std::int64_t(const MemoryPlan&, Stage)> peak;  ///< bytes
  /// No plan takes less than the default one; nor any number of pieces than fewer, all else being equal.
  std::function<double(const MemoryPlan&, Stage)> seconds = [](const auto&, Stage) { return 0.0; };
};

struct PlanChoice {
  MemoryPlan plan;
  std::int64_t bytes = 0;  ///< of its largest stage
  double seconds = 0;      ///< of all stages
  bool fits = false;       ///< else it is the one that takes the least memory
};

/// Of the plans whose every stage fits into `budget` bytes the one that takes the fewest seconds; of equal
/// ones the one that keeps more on the device. `int8`: of those plans only.
PlanChoice fastest_plan(std::int64_t budget, const PlanCosts& costs, bool int8 = false);
/// What the smallest plan takes: below it nothing runs.
std::int64_t smallest_peak(const PlanCosts& costs, bool approximate = false);

}  // namespace clipmill
