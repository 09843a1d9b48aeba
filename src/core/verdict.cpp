#include "core/verdict.h"

#include <array>
#include <utility>

namespace clipmill {
namespace {

constexpr std::array<std::pair<JobState, std::string_view>, 6> kStates = {{
    {JobState::kWaiting, "waiting"},
    {JobState::kRunning, "running"},
    {JobState::kDone, "done"},
    {JobState::kFailed, "failed"},
    {JobState::kCancelled, "cancelled"},
    {JobState::kQuarantined, "quarantined"},
}};

}  // namespace

std::string_view to_string(JobState state) { return kStates[static_cast<std::size_t>(state)].second; }

std::optional<JobState> job_state_from(std::string_view name) {
  for (const auto& [state, known] : kStates) {
    if (known == name) return state;
  }
  return std::nullopt;
}

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
