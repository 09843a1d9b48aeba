// An instance in whole numbers, which the algorithms compute with.
#pragma once

#include <vector>

#include "schedule/instance.h"
#include "schedule/resources.h"

namespace clipmill::schedule {

/// Times and demands that are decimal fractions of few digits are kept exactly; of others, times are rounded
/// up by less than 2^-40 of their sum, demands down by less than 2^-40 of the capacity.
struct Problem {
  /// Throws as `check` does.
  explicit Problem(const Instance& instance);

  int tasks() const { return static_cast<int>(length.size()); }
  double seconds(Time time) const { return static_cast<double>(time) / ticks_per_second; }

  std::vector<Time> length;
  std::vector<Resources> need;  ///< one machine and the demand
  Resources capacity = 0;       ///< no more machines than tasks
  double ticks_per_second = 1;  ///< "seconds" being whatever the instance's times are in
};

}  // namespace clipmill::schedule
