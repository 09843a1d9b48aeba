#include "observe/device_time.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace clipmill {
namespace {

constexpr std::size_t kStageCount = kStages.size();

/// What may be so at a moment: a stage runs (its number), a wait holds, or the device has a job.
constexpr std::size_t kAttempt = kStageCount + kWaits.size(), kFacts = kAttempt + 1;
constexpr std::size_t fact(Stage stage) { return static_cast<std::size_t>(stage); }
constexpr std::size_t fact(Wait wait) { return kStageCount + static_cast<std::size_t>(wait); }

/// A fact begins (+1) or ends (−1) to hold once more; `time` since the window's start.
struct Change {
  double time;
  std::size_t fact;
  int by;
};

/// How often each fact holds.
using Facts = std::array<int, kFacts>;

void add_changes(std::vector<Change>& changes, const Window& window, std::size_t fact, double start,
                 double end) {
  const double length = window.seconds();
  const double from = std::clamp(start - window.start, 0.0, length);
  const double to = end == 0 ? length : std::clamp(end - window.start, 0.0, length);
  if (to <= from) return;
  changes.push_back({from, fact, 1});
  changes.push_back({to, fact, -1});
}

std::map<std::string, std::vector<Change>> changes_by_device(const History& history, const Window& window) {
  std::map<std::string, std::vector<Change>> changes;
  for (const DeviceBudget& budget : history.budgets) changes[budget.device];
  for (const StageSpan& span : history.stages)
    add_changes(changes[span.device], window, fact(span.stage), span.start, span.end);
  for (const WaitSpan& span : history.waits)
    add_changes(changes[span.device], window, fact(span.why), span.start, span.end);
  for (const AttemptSpan& span : history.attempts)
    add_changes(changes[span.device], window, kAttempt, span.start, span.end);
  return changes;
}

/// Of several reasons the first holds.
Idle idle_of(const Facts& facts) {
  if (facts[fact(Stage::kRender)] + facts[fact(Stage::kEncodeVideo)] > 0) return Idle::kFrames;
  if (facts[fact(Wait::kMemory)] > 0) return Idle::kMemory;
  if (facts[fact(Wait::kOff)] > 0) return Idle::kOff;
  if (facts[kAttempt] > 0) return Idle::kBetween;
  if (facts[fact(Wait::kWork)] > 0) return Idle::kWork;
  return facts[fact(Wait::kNothing)] > 0 ? Idle::kNothing : Idle::kOff;
}

void add(DeviceTime& time, const Facts& facts, double seconds) {
  int running = 0;
  for (const auto& [stage, name] : kStages) running += on_device(stage) ? facts[fact(stage)] : 0;
  if (running == 0) {
    time.idle[static_cast<std::size_t>(idle_of(facts))] += seconds;
    return;
  }
  for (const auto& [stage, name] : kStages) {
    if (on_device(stage)) time.stages[fact(stage)] += seconds * facts[fact(stage)] / running;
  }
  if (running > 1) time.overlapped += seconds;
  if (facts[fact(Wait::kMemory)] > 0) time.held_back += seconds;
}

DeviceTime time_of(const std::string& device, std::vector<Change> changes, double length) {
  std::ranges::stable_sort(changes, {}, &Change::time);
  DeviceTime time{device};
  Facts facts{};
  double now = 0;
  for (const Change& change : changes) {
    add(time, facts, change.time - now);
    now = change.time;
    facts[change.fact] += change.by;
  }
  add(time, facts, length - now);
  return time;
}

}  // namespace

double DeviceTime::total() const {
  return std::accumulate(idle.begin(), idle.end(), std::accumulate(stages.begin(), stages.end(), 0.0));
}

std::vector<DeviceTime> device_times(const History& history, const Window& window) {
  std::vector<DeviceTime> times;
  for (auto& [device, changes] : changes_by_device(history, window)) {
    if (!device.empty()) times.push_back(time_of(device, std::move(changes), window.seconds()));
  }
  return times;
}

}  // namespace clipmill
