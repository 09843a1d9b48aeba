// The best plan that can be found in a given time.
#pragma once

#include "base/clock.h"
#include "schedule/plan.h"
#include "schedule/search_budget.h"

namespace clipmill::schedule {

/// Simulated annealing; a step of the budget is one of its schedules. Never worse than the plans of
/// `list_rules`. Throws as `check` does.
Plan search_plan(const Instance& instance, const SearchBudget& budget, const Clock& clock);

}  // namespace clipmill::schedule
