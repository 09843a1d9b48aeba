#include "observe/eta.h"

#include <algorithm>

namespace clipmill {

std::optional<double> job_seconds_left(const JobPosition& job, std::optional<double> mean_job_seconds,
                                       double now) {
  std::optional<double> left;
  if (job.done > job.from)
    left = (now - job.stage_started) / (job.done - job.from) * std::max(0, job.total - job.done);
  if (mean_job_seconds) {
    left = std::max(left.value_or(0), *mean_job_seconds - (now - job.started));
  }
  return left;
}

std::optional<double> all_seconds_left(std::optional<double> running_left, int waiting,
                                       std::optional<double> mean_job_seconds, int devices) {
  if (waiting > 0 && !mean_job_seconds) return std::nullopt;
  if (!running_left && !mean_job_seconds) return std::nullopt;
  return (running_left.value_or(0) + waiting * mean_job_seconds.value_or(0)) / std::max(1, devices);
}

}  // namespace clipmill
