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

}  // namespace clipmill
