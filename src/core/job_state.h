// Where a job stands.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace clipmill {

/// kQuarantined: it killed its worker twice, and waits for somebody to look at the evidence.
enum class JobState { kWaiting, kRunning, kDone, kFailed, kCancelled, kQuarantined };

inline constexpr std::array<std::pair<JobState, std::string_view>, 6> kJobStates = {{
    {JobState::kWaiting, "waiting"},
    {JobState::kRunning, "running"},
    {JobState::kDone, "done"},
    {JobState::kFailed, "failed"},
    {JobState::kCancelled, "cancelled"},
    {JobState::kQuarantined, "quarantined"},
}};

/// How many jobs are in each state, indexed by JobState.
using StateCounts = std::array<int, kJobStates.size()>;

/// Nothing happens to it any more unless somebody asks.
constexpr bool is_over(JobState state) { return state >= JobState::kDone; }

constexpr std::string_view to_string(JobState state) {
  return kJobStates[static_cast<std::size_t>(state)].second;
}

/// Empty if no state is called so.
constexpr std::optional<JobState> job_state_from(std::string_view name) {
  for (const auto& [state, known] : kJobStates) {
    if (known == name) return state;
  }
  return std::nullopt;
}

}  // namespace clipmill
