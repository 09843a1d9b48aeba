// The best plan that can be found in a given time.
#pragma once

#include <cstdint>
#include <limits>

#include "base/clock.h"
#include "schedule/plan.h"

namespace clipmill::schedule {

/// The search ends at whichever comes first, and as soon as its plan is known to be optimal.
struct SearchBudget {
  double seconds = 1;
  /// Steps of the annealing. With a finite number, and seconds without end, a seed gives the same plan on any day.
  std::int64_t steps = std::numeric_limits<std::int64_t>::max();
  std::uint64_t seed = 1;
};

/// Never worse than the plans of `list_rules`. Throws as `check` does.
Plan search_plan(const Instance& instance, const SearchBudget& budget, const Clock& clock);

}  // namespace clipmill::schedule
