#include "observe/solo_times.h"

#include <fmt/format.h>

#include <algorithm>

namespace clipmill {
namespace {

std::string shape_of(const JobSpec& spec) {
  const ClipSpec& clip = spec.clip;
  return fmt::format("{} {}x{}x{} {} {} {} {}x{} {}", spec.model, clip.width, clip.height, clip.frames,
                     clip.steps, clip.guidance > 1, static_cast<int>(clip.precision), clip.output_width,
                     clip.output_height, clip.output_fps);
}

double end_or_never(const StageSpan& span) { return span.end > 0 ? span.end : 1e300; }

/// The latest end so far, and the latest of any other job than that one's.
struct LatestEnds {
  JobId job = 0;
  double end = 0, other = 0;

  void add(const StageSpan& span) {
    const double ends = end_or_never(span);
    if (span.job == job) {
      end = std::max(end, ends);
    } else if (ends > end) {
      other = end, job = span.job, end = ends;
    } else {
      other = std::max(other, ends);
    }
  }
  double of_others(JobId self) const { return self == job ? other : end; }
};

/// `spans` in the order of their starts.
std::vector<const StageSpan*> alone(const std::vector<StageSpan>& spans) {
  std::vector<const StageSpan*> result;
  LatestEnds before;
  for (auto span = spans.begin(); span != spans.end(); ++span) {
    auto next = span + 1;
    while (next != spans.end() && next->job == span->job && next->start < span->end) ++next;
    const bool others = next != spans.end() && next->start < span->end;
    if (!others && before.of_others(span->job) <= span->start) result.push_back(&*span);
    before.add(*span);
  }
  return result;
}

}  // namespace

SoloTimes::SoloTimes(const History& history) {
  for (const PastJob& job : history.jobs) shapes_[job.id] = shape_of(job.spec);
  for (const StageSpan* span : alone(history.stages)) {
    if (span->outcome != "done" || span->stage == Stage::kLoad) continue;
    seconds_[key(*span)].push_back(span->seconds);
    alone_.insert(moment(*span));
  }
  for (auto& [key, seconds] : seconds_) std::ranges::sort(seconds);
}

std::optional<double> SoloTimes::seconds(const StageSpan& span) const {
  if (span.outcome != "done") return std::nullopt;
  if (alone_.contains(moment(span))) return span.seconds;
  const auto found = seconds_.find(key(span));
  if (found == seconds_.end()) return std::nullopt;
  return median_of_sorted(found->second);
}

/// Cards of one machine are taken to be alike: "cuda:0" and "cuda:1" are one kind.
std::string SoloTimes::key(const StageSpan& span) const {
  const auto shape = shapes_.find(span.job);
  return fmt::format("{} {} {} {}", shape == shapes_.end() ? "" : shape->second,
                     span.device.substr(0, span.device.find(':')), to_string(span.stage), span.plan);
}

}  // namespace clipmill
