// Schedules made from an order of the tasks, in one pass over time.
#pragma once

#include <vector>

#include "schedule/schedule.h"

namespace clipmill::schedule {

/// Tasks start in their order, each as soon as it fits; all wait for the first. O(n log n).
Schedule start_in_order(const Problem& problem, const std::vector<int>& order);

/// Whenever something ends, those that fit start, the first in the order first (Graham's list scheduling, the
/// "parallel" scheme). O(n log n).
Schedule start_what_fits(const Problem& problem, const std::vector<int>& order);

}  // namespace clipmill::schedule
