// What a simulation is run on.
#pragma once

#include <string>
#include <vector>

#include "core/demand.h"

namespace clipmill {

struct SimulatedJob {
  double submitted = 0;  ///< seconds
  double seconds = 0;    ///< that it really takes on a device of speed 1
  double expected = 0;   ///< that the scheduler is told
  std::int64_t bytes = 0;
  int priority = 0;
  int model = 0;  ///< an index into Workload::models
  double deadline = kNever;
};

struct Workload {
  std::vector<SimulatedJob> jobs;  ///< in the order of submission
  std::vector<std::string> models;
};

}  // namespace clipmill
