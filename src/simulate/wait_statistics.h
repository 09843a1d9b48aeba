// How long jobs waited, in figures.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "simulate/simulation.h"

namespace clipmill {

struct WaitStatistics {
  int jobs = 0;
  int unplaced = 0;  ///< that fit on no device (any more), and are in no other figure
  double mean = 0, p95 = 0, p99 = 0, max = 0;  ///< seconds; quantiles by nearest rank
  double priority_weighted_mean = 0;  ///< Σ priority · wait / Σ priority, priorities below 1 as factors
  double makespan = 0;                ///< from the first submission to the last end
};

WaitStatistics wait_statistics(const std::vector<SimulatedJob>& jobs, const std::vector<SimulatedRun>& runs);

/// Of the device time from the first submission to the last end: the share in which a device runs at least
/// one job, and the share of the memory-time that jobs hold.
struct Utilisation {
  double devices = 0, memory = 0;
};
Utilisation utilisation(const Workload& workload, const Simulation& simulation,
                        const std::vector<DeviceSpec>& devices);

/// {"policy", "jobs", "unplaced", "mean_wait", "p95_wait", "p99_wait", "max_wait",
/// "priority_weighted_mean_wait", "makespan", "utilisation", "memory_utilisation", "lost_runs",
/// "by_priority": {"1": {…}}, "by_model": {…}}; the parts have the same figures, their utilisation being
/// their share of the whole device time.
nlohmann::ordered_json simulation_json(const Workload& workload, const Simulation& simulation,
                                       const Policy& policy, const SimulationOptions& options);

}  // namespace clipmill
