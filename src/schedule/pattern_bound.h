// The makespan if tasks could be interrupted, and cut into pieces that run beside each other: by linear
// programming.
#pragma once

#include <functional>

#include "schedule/problem.h"

namespace clipmill::schedule {

/// The least total time of patterns (sets of tasks that may run at once) that gives each class of tasks its
/// time: Gilmore and Gomory's column generation, with Farley's bound, which holds at every step. At least
/// `bound`, which is returned where nothing better is found before `stop` says so. The arithmetic of what is
/// returned is exact.
Time pattern_bound(const Problem& problem, Time bound, const std::function<bool()>& stop);

}  // namespace clipmill::schedule
