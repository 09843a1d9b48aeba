// Jobs that pass the same stages in the same order, each stage working on one job at a time: F|prmu|Cmax.
#pragma once

#include <span>
#include <vector>

#include "schedule/resources.h"

namespace clipmill::schedule {

/// Times of any unit, whole.
struct FlowShop {
  int jobs = 0, stages = 1;
  std::vector<Time> time;  ///< [jobs, stages]

  Time at(int job, int stage) const { return time[static_cast<std::size_t>(job) * stages + stage]; }
  std::span<const Time> of(int job) const {
    return {&time[static_cast<std::size_t>(job) * stages], static_cast<std::size_t>(stages)};
  }
};

/// When the last job leaves the last stage, if all stages take the jobs in `order` (some or all of them).
Time makespan(const FlowShop& shop, std::span<const int> order);

/// What no order can beat: for each stage its work, the shortest way to it and the shortest way from it
/// (Taillard 1993); and the longest job.
Time lower_bound(const FlowShop& shop);

/// Of `jobs` equal jobs, exactly: Σt + (n − 1) · max t. 0 for no jobs.
double equal_jobs_makespan(std::span<const double> stage_times, int jobs);

/// The optimal order for two stages (Johnson 1954). Throws Error(kInput) for any other number.
std::vector<int> johnson_order(const FlowShop& shop);

}  // namespace clipmill::schedule
