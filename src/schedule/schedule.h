// A plan in whole numbers, while it is being made.
#pragma once

#include <vector>

#include "schedule/plan.h"
#include "schedule/problem.h"

namespace clipmill::schedule {

/// Starts of all tasks of a problem, such that enough is free at any time.
struct Schedule {
  std::vector<Time> start;
  Time makespan = 0;
};

/// In the instance's units, with a machine for each task: the lowest that is free.
Plan to_plan(const Problem& problem, const Instance& instance, const Schedule& schedule, Time lower_bound);

/// The tasks, the first to start first.
std::vector<int> order_of(const Schedule& schedule);

}  // namespace clipmill::schedule
