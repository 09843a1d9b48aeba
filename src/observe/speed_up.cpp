#include "observe/speed_up.h"

#include <algorithm>
#include <map>
#include <set>

#include "observe/intervals.h"
#include "observe/loads.h"
#include "observe/solo_times.h"

namespace clipmill {
namespace {

Interval cut(const Window& window, double start, double end) {
  const double to = std::min(window.end, end == 0 ? window.end : end);
  return {std::max(window.start, start), to};
}

double length(const Interval& interval) { return std::max(0.0, interval.end - interval.start); }

/// The share of a span that lies in the window.
double share(const StageSpan& span, const Window& window) {
  const double whole = (span.end == 0 ? window.end : span.end) - span.start;
  return whole > 0 ? length(cut(window, span.start, span.end)) / whole : 0;
}

void add_stage(SpeedUp& sum, const StageSpan& span, double share, const SoloTimes& solo) {
  const double busy = span.seconds * share;
  const auto known = solo.seconds(span);
  sum.busy += busy;
  sum.alone += known ? *known * share : busy;
  sum.known += known ? busy : 0;
}

double union_of_each(const auto& groups) {
  double sum = 0;
  for (const auto& [key, intervals] : groups) sum += union_length(intervals);
  return sum;
}

double wall_of(const History& history, const Window& window) {
  std::vector<Interval> intervals;
  const auto add = [&](const auto& span) {
    const Interval part = cut(window, span.start, span.end);
    if (length(part) > 0) intervals.push_back(part);
  };
  for (const StageSpan& span : history.stages) add(span);
  for (const AttemptSpan& span : history.attempts) add(span);
  for (const WaitSpan& span : history.waits) {
    if (span.why == Wait::kWork || span.why == Wait::kMemory) add(span);
  }
  return union_length(std::move(intervals));
}

double ratio(double a, double b) { return b > 0 ? a / b : 1; }

}  // namespace

double SpeedUp::measured() const { return wall > 0 ? serial() / wall : 0; }

double SpeedUp::factor(Factor factor) const {
  switch (factor) {
    case Factor::kResident:
      return ratio(serial(), alone);
    case Factor::kSharing:
      return ratio(alone, busy);
    case Factor::kOverlap:
      return ratio(busy, clips);
    case Factor::kMemory:
      return ratio(clips, devices);
    case Factor::kDevices:
      return ratio(devices, wall);
  }
  return 1;
}

SpeedUp speed_up(const History& history, const Window& window) {
  SpeedUp sum;
  const SoloTimes solo(history);
  std::map<JobId, std::vector<Interval>> clips;
  std::map<std::string, std::vector<Interval>> devices;
  for (const StageSpan& span : history.stages) {
    const double part = share(span, window);
    if (part == 0) continue;
    add_stage(sum, span, part, solo);
    const Interval interval = cut(window, span.start, span.end);
    clips[span.job].push_back(interval);
    devices[span.device].push_back(interval);
  }
  sum.clips = union_of_each(clips);
  sum.devices = union_of_each(devices);
  sum.device_count = static_cast<int>(devices.size());
  sum.wall = wall_of(history, window);
  const Loads loads = loads_of(history, window.start);
  sum.loads = loads.made, sum.spared_loads = loads.spared, sum.spared = loads.spared_seconds;
  return sum;
}

}  // namespace clipmill
