#include "observe/loads.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/memory_ladder.h"
#include "observe/solo_times.h"

namespace clipmill {
namespace {

/// A stage that needs a component, and the seconds that making it took; 0: it was there.
struct Need {
  JobId job;
  Stage stage;
  double start;
  double load_seconds;
};

std::vector<Need> needs_of(const std::vector<StageSpan>& spans) {
  std::map<AttemptId, double> loading;  // since the attempt's last stage
  std::vector<Need> needs;
  for (const StageSpan& span : spans) {
    if (span.stage == Stage::kLoad) loading[span.attempt] += span.seconds;
    if (std::ranges::find(kPlannedStages, span.stage) == kPlannedStages.end()) continue;
    needs.push_back({span.job, span.stage, span.start, std::exchange(loading[span.attempt], 0)});
  }
  return needs;
}

}  // namespace

Loads loads_of(const History& history, double since) {
  std::map<JobId, std::string> models;
  for (const PastJob& job : history.jobs) models[job.id] = job.spec.model;
  const std::vector<Need> needs = needs_of(history.stages);
  std::map<std::pair<std::string, Stage>, std::vector<double>> taken;
  for (const Need& need : needs) {
    if (need.load_seconds > 0) taken[{models[need.job], need.stage}].push_back(need.load_seconds);
  }
  for (auto& [key, seconds] : taken) std::ranges::sort(seconds);
  Loads loads;
  for (const Need& need : needs) {
    if (need.start < since) continue;
    ++(need.load_seconds > 0 ? loads.made : loads.spared);
    const auto like = taken.find({models[need.job], need.stage});
    if (need.load_seconds == 0 && like != taken.end()) loads.spared_seconds += median_of_sorted(like->second);
  }
  return loads;
}

}  // namespace clipmill
