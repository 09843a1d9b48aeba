// A workload on a fleet under a policy, in virtual time, by the dispatcher that runs real ones.
#pragma once

#include <vector>

#include "core/scheduler.h"
#include "simulate/workload.h"

namespace clipmill {

struct SimulationOptions {
  std::vector<DeviceSpec> devices;
  SchedulerOptions scheduler;
  double load_seconds = 0;  ///< to change a device's model
};

/// Of one job. A job that fits on no device never starts.
struct SimulatedRun {
  double started = kNever, ended = kNever;  ///< seconds, as SimulatedJob::submitted
  int device = -1;
};

/// Of each job of the workload. Deterministic.
std::vector<SimulatedRun> simulate(const Workload& workload, const Policy& policy,
                                   const SimulationOptions& options);

}  // namespace clipmill
