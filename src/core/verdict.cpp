#include "core/verdict.h"

namespace clipmill {

JobState verdict(const Job& job, const JobFailed& failure) {
  switch (failure.kind) {
    case ErrorKind::kCancelled:
      return JobState::kWaiting;
    case ErrorKind::kWorker:
      return job.crashes + 1 < kMostCrashes ? JobState::kWaiting : JobState::kQuarantined;
    case ErrorKind::kDevice:
      return job.attempts < kMostDeviceTrials ? JobState::kWaiting : JobState::kFailed;
    default:
      return JobState::kFailed;
  }
}

JobFailed failure_of_need(const Job& needed) {
  return {ErrorKind::kDependency,
          fmt::format("it needs job {} ({}), which is {}", needed.id, needed.spec.output,
                      to_string(needed.state)),
          fmt::format("clipmill retry {} tries both again", needed.id)};
}

}  // namespace clipmill
