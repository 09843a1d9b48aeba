#include "simulate/timeline.h"

#include <algorithm>

#include "simulate/held.h"

namespace clipmill {

std::vector<double> mean_levels(std::vector<LevelChange> changes, double from, double until, int count) {
  std::vector<double> means(static_cast<std::size_t>(count));
  if (!(until > from)) return means;
  std::ranges::sort(changes, {}, &LevelChange::at);
  const double width = (until - from) / count;
  double level = 0;
  std::size_t next = 0;
  for (int part = 0; part < count; ++part) {
    double at = from + part * width;
    const double end = part + 1 == count ? until : at + width;
    double area = 0;
    for (; next < changes.size() && changes[next].at < end; ++next) {
      const double then = std::max(changes[next].at, at);
      area += level * (then - at);
      at = then;
      level += changes[next].by;
    }
    means[static_cast<std::size_t>(part)] = (area + level * (end - at)) / width;
  }
  return means;
}

Timeline timeline(const Workload& workload, const Simulation& simulation,
                  const std::vector<DeviceSpec>& devices, int parts) {
  Timeline result;
  if (workload.jobs.empty()) return result;
  result.from = result.until = workload.jobs.front().submitted;
  std::vector<LevelChange> waiting, busy, memory;
  const std::vector<Held> held = held_by_jobs(simulation);
  for (std::size_t i = 0; i < workload.jobs.size(); ++i) {
    if (simulation.runs[i].device >= 0) waiting.push_back({workload.jobs[i].submitted, 1});
  }
  double total = 0;
  for (const DeviceSpec& device : devices) total += static_cast<double>(device.bytes);
  for (const Held& each : held) {
    const double share = static_cast<double>(workload.jobs[each.job].bytes) / total;
    memory.push_back({each.from, share}), memory.push_back({each.until, -share});
    result.until = std::max(result.until, each.until);
    if (simulation.runs[each.job].device < 0) continue;
    waiting.push_back({each.from, -1});
    if (each.lost) waiting.push_back({each.until, 1});
  }
  const double one = 1 / static_cast<double>(devices.size());
  for (const Held& span : busy_spans(held))
    busy.push_back({span.from, one}), busy.push_back({span.until, -one});
  result.waiting = mean_levels(std::move(waiting), result.from, result.until, parts);
  result.busy_devices = mean_levels(std::move(busy), result.from, result.until, parts);
  result.memory = mean_levels(std::move(memory), result.from, result.until, parts);
  return result;
}

}  // namespace clipmill
