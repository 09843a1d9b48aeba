#include "core/verdict.h"

namespace clipmill {

JobState verdict(const Job& job, const JobFailed& failure) {
  switch (failure.kind) {
    case ErrorKind::kCancelled:
    case ErrorKind::kDevice:  // no fault of the job's
      return JobState::kWaiting;
    case ErrorKind::kWorker:
      return job.crashes + 1 < kMostCrashes ? JobState::kWaiting : JobState::kQuarantined;
    default:
      return JobState::kFailed;
  }
}

JobFailed failure_of_need(const Job& needed) {
  return {ErrorKind::kDependency,
          fmt::format("it needs job {} ({}), which is {}", needed.id, needed.spec.output,
                      to_string(needed.state)),
          fmt::format("in a daemon's queue, clipmill retry {} tries both again; a manifest is run again",
                      needed.id)};
}

}  // namespace clipmill
