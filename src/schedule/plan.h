// When and where each task of an instance runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schedule/instance.h"

namespace clipmill::schedule {

/// Of task j: start[j] in the unit of the instance's times, machine[j] from 0 to m − 1.
struct Plan {
  std::vector<double> start;
  std::vector<int> machine;
  double makespan = 0;     ///< when the last task ends
  double lower_bound = 0;  ///< no plan of the instance ends earlier
};

/// What is wrong with `plan`, the first thing found, in words and with the tasks' numbers (from 1); none if
/// it may be run as it is. Demands and ends may be off by 10^-9 of their size, as sums of fractions are.
std::optional<std::string> violation(const Instance& instance, const Plan& plan);

}  // namespace clipmill::schedule
