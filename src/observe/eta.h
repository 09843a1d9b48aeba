// How long things will still take, from what was measured so far. Pure.
#pragma once

#include <optional>

namespace clipmill {

/// Where a running job stands. Times are a Clock's.
struct JobPosition {
  double started = 0;
  double stage_started = 0;
  int done = 0;  ///< steps of the stage
  int total = 0;
  int from = 0;  ///< how many of them were done at `stage_started`
};

/// Seconds until the job ends: what the rest of its stage takes at the pace so far, or what is left of a mean
/// job, whichever is longer. Empty while nothing is known.
std::optional<double> job_seconds_left(const JobPosition& job, std::optional<double> mean_job_seconds,
                                       double now);

/// Seconds until all jobs end, spread evenly over `devices`. `running_left` sums over running jobs.
std::optional<double> all_seconds_left(std::optional<double> running_left, int waiting,
                                       std::optional<double> mean_job_seconds, int devices);

}  // namespace clipmill
