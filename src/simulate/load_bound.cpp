#include "simulate/load_bound.h"

#include <algorithm>

namespace clipmill {
namespace {

/// What the fleet can do a second, from `at` on.
struct Capacity {
  double at, speed;
};

std::vector<Capacity> capacities(const std::vector<DeviceSpec>& devices, const std::vector<Outage>& outages) {
  std::vector<Capacity> changes;
  double speed = 0;
  for (const DeviceSpec& device : devices) speed += device.speed;
  for (const Outage& outage : outages) {
    const double lost = devices[static_cast<std::size_t>(outage.device)].speed;
    changes.push_back({outage.from, -lost}), changes.push_back({outage.until, lost});
  }
  std::ranges::sort(changes, {}, &Capacity::at);
  std::vector<Capacity> result = {{0, speed}};
  for (const Capacity& change : changes) result.push_back({change.at, speed += change.speed});
  return result;
}

/// When `work` is done that begins at `from`.
double done_at(double work, double from, const std::vector<Capacity>& capacities) {
  for (std::size_t i = 0; i < capacities.size(); ++i) {
    const double until = i + 1 < capacities.size() ? capacities[i + 1].at : kNever;
    if (until <= from) continue;
    const double start = std::max(from, capacities[i].at), speed = capacities[i].speed;
    if (speed > 0 && work <= (until - start) * speed) return start + work / speed;
    if (speed > 0) work -= (until - start) * speed;
  }
  return kNever;
}

}  // namespace

double ready_at_best(const Workload& workload, const std::vector<DeviceSpec>& devices,
                     const std::vector<Outage>& outages) {
  const double fastest = std::ranges::max(devices, {}, &DeviceSpec::speed).speed;
  const std::vector<Capacity> fleet = capacities(devices, outages);
  double bound = 0, work = 0;
  for (auto job = workload.jobs.rbegin(); job != workload.jobs.rend(); ++job) {
    work += job->seconds;
    bound = std::max({bound, job->submitted + job->seconds / fastest, done_at(work, job->submitted, fleet)});
  }
  return bound;
}

}  // namespace clipmill
