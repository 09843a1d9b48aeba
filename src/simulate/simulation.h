// A workload on a fleet under a policy, in virtual time, by the dispatcher that runs real ones.
#pragma once

#include <vector>

#include "core/scheduler.h"
#include "simulate/simulated_fleet.h"
#include "simulate/workload.h"

namespace clipmill {

struct SimulationOptions {
  std::vector<DeviceSpec> devices;
  SchedulerOptions scheduler;
  FleetOptions fleet;
};

/// Of one job. One that fits on no device (any more) never ends, and has the device −1.
struct SimulatedRun {
  double started = kNever;                    ///< first; seconds, as SimulatedJob::submitted
  double restarted = kNever, ended = kNever;  ///< its last attempt, the one that ended
  int device = -1;                            ///< of the last attempt
};

/// An attempt that ended with its device.
struct LostRun {
  JobId job = 0;
  int device = -1;
  double started = 0, ended = 0;
};

struct Simulation {
  std::vector<SimulatedRun> runs;  ///< of each job of the workload
  std::vector<LostRun> lost;
};

/// Deterministic: the same arguments give the same simulation. A job that was lost a thousand times is given
/// up.
Simulation simulate(const Workload& workload, const Policy& policy, const SimulationOptions& options);

}  // namespace clipmill
