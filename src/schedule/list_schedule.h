// Schedules made from an order of the tasks, in one pass.
#pragma once

#include <vector>

#include "schedule/schedule.h"

namespace clipmill::schedule {

/// Tasks start in their order, each as soon as it fits; all wait for the first. O(n log n).
Schedule start_in_order(const Problem& problem, const std::vector<int>& order);

/// Whenever something ends, those that fit start, the first in the order first (Graham's list scheduling, the
/// "parallel" scheme). O(n log n).
Schedule start_what_fits(const Problem& problem, const std::vector<int>& order);

/// One after the other is placed at its earliest start among those placed before it (the "serial" scheme). For any
/// problem there is an order with which this is optimal. O(n²), but quick.
Schedule place_earliest(const Problem& problem, const std::vector<int>& order);

}  // namespace clipmill::schedule
