#include "core/history.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace clipmill {
namespace {

/// A wait ends where the device's next one begins.
void end_waits(std::vector<WaitSpan>& waits) {
  std::map<std::string, double> next;
  for (auto wait = waits.rbegin(); wait != waits.rend(); ++wait) {
    const auto [found, last] = next.try_emplace(wait->device, wait->start);
    if (!last) wait->end = std::exchange(found->second, wait->start);
  }
}

void add_stages(History& past, const std::vector<StageSpan>& open) {
  std::map<AttemptId, JobId> jobs;
  for (const AttemptSpan& attempt : past.attempts) jobs[attempt.id] = attempt.job;
  std::set<std::tuple<AttemptId, Stage, double>> ended;
  for (const StageSpan& stage : past.stages) ended.emplace(stage.attempt, stage.stage, stage.start);
  for (StageSpan stage : open) {
    if (ended.contains({stage.attempt, stage.stage, stage.start})) continue;
    stage.job = jobs[stage.attempt];
    past.stages.push_back(std::move(stage));
  }
  std::ranges::stable_sort(past.stages, {}, &StageSpan::start);
}

void add_waits(History& past, const std::vector<WaitSpan>& open) {
  std::set<std::pair<std::string, double>> known;
  for (const WaitSpan& wait : past.waits) known.emplace(wait.device, wait.start);
  for (const WaitSpan& wait : open) {
    if (!known.contains({wait.device, wait.start})) past.waits.push_back(wait);
  }
  std::ranges::stable_sort(past.waits, {}, &WaitSpan::start);
}

}  // namespace

void add_open(History& past, const History& open) {
  add_stages(past, open.stages);
  add_waits(past, open.waits);
  end_waits(past.waits);
}

void end_at(History& past, double heard) {
  for (AttemptSpan& attempt : past.attempts) {
    if (attempt.end == 0) attempt.end = std::max(heard, attempt.start), attempt.outcome = "interrupted";
  }
  std::map<std::string, const WaitSpan*> last;
  for (const WaitSpan& wait : past.waits) last[wait.device] = &wait;
  std::vector<WaitSpan> off;
  for (const auto& [device, wait] : last) {
    if (wait->why != Wait::kOff) off.push_back({device, Wait::kOff, std::max(heard, wait->start), 0});
  }
  past.waits.insert(past.waits.end(), off.begin(), off.end());
}

}  // namespace clipmill
