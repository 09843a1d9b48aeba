// What a simulation looks like over time.
#pragma once

#include <vector>

#include "simulate/simulation.h"

namespace clipmill {

/// A level that changes at moments.
struct LevelChange {
  double at, by;
};

/// Mean levels in `count` equal parts of [from, until). The level is 0 before the first change.
std::vector<double> mean_levels(std::vector<LevelChange> changes, double from, double until, int count);

struct Timeline {
  double from = 0, until = 0;        ///< the first submission, the last end
  std::vector<double> waiting;       ///< jobs, in equal parts of that time
  std::vector<double> busy_devices;  ///< share of all
  std::vector<double> memory;        ///< share of all
};

Timeline timeline(const Workload& workload, const Simulation& simulation,
                  const std::vector<DeviceSpec>& devices, int parts);

}  // namespace clipmill
