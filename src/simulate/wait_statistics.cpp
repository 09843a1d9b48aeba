#include "simulate/wait_statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace clipmill {
namespace {

using nlohmann::ordered_json;

/// The smallest wait that a share of `q` does not exceed. `waits`: sorted, not empty.
double quantile(const std::vector<double>& waits, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(waits.size())));
  return waits[std::max<std::size_t>(rank, 1) - 1];
}

/// Jobs of one priority, say, with their runs.
struct Part {
  std::vector<SimulatedJob> jobs;
  std::vector<SimulatedRun> runs;
};

template <typename Name>
std::map<std::string, Part> parts(const Workload& workload, const std::vector<SimulatedRun>& runs,
                                  const Name& name) {
  std::map<std::string, Part> result;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    Part& part = result[name(workload.jobs[i])];
    part.jobs.push_back(workload.jobs[i]);
    part.runs.push_back(runs[i]);
  }
  return result;
}

ordered_json to_json(const WaitStatistics& s) {
  ordered_json object = {{"jobs", s.jobs},        {"mean_wait", s.mean},
                         {"p95_wait", s.p95},     {"p99_wait", s.p99},
                         {"max_wait", s.max},     {"priority_weighted_mean_wait", s.priority_weighted_mean},
                         {"makespan", s.makespan}};
  if (s.unplaced > 0) object["unplaced"] = s.unplaced;
  return object;
}

ordered_json to_json(const std::map<std::string, Part>& parts) {
  ordered_json object = ordered_json::object();
  for (const auto& [name, part] : parts) object[name] = to_json(wait_statistics(part.jobs, part.runs));
  return object;
}

/// Seconds in which at least one of `runs` runs.
double busy_seconds(std::vector<SimulatedRun>& runs) {
  std::ranges::sort(runs, {}, &SimulatedRun::started);
  double busy = 0, until = -kNever;
  for (const SimulatedRun& run : runs) {
    busy += std::max(0.0, run.ended - std::max(until, run.started));
    until = std::max(until, run.ended);
  }
  return busy;
}

}  // namespace

WaitStatistics wait_statistics(const std::vector<SimulatedJob>& jobs, const std::vector<SimulatedRun>& runs) {
  WaitStatistics result;
  std::vector<double> waits;
  double sum = 0, weighted = 0, weights = 0, first = kNever, last = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (runs[i].device < 0) {
      ++result.unplaced;
      continue;
    }
    const double wait = runs[i].started - jobs[i].submitted, weight = priority_factor(jobs[i].priority);
    waits.push_back(wait);
    sum += wait, weighted += weight * wait, weights += weight;
    first = std::min(first, jobs[i].submitted), last = std::max(last, runs[i].ended);
  }
  result.jobs = static_cast<int>(waits.size());
  if (waits.empty()) return result;
  std::ranges::sort(waits);
  result.mean = sum / result.jobs;
  result.p95 = quantile(waits, 0.95), result.p99 = quantile(waits, 0.99), result.max = waits.back();
  result.priority_weighted_mean = weighted / weights;
  result.makespan = last - first;
  return result;
}

Utilisation utilisation(const Workload& workload, const std::vector<SimulatedRun>& runs,
                        const std::vector<DeviceSpec>& devices) {
  const double makespan = wait_statistics(workload.jobs, runs).makespan;
  if (makespan <= 0) return {};
  std::vector<std::vector<SimulatedRun>> by_device(devices.size());
  double bytes = 0, held = 0, busy = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].device < 0) continue;
    by_device[static_cast<std::size_t>(runs[i].device)].push_back(runs[i]);
    held += (runs[i].ended - runs[i].started) * static_cast<double>(workload.jobs[i].bytes);
  }
  for (std::vector<SimulatedRun>& of_device : by_device) busy += busy_seconds(of_device);
  for (const DeviceSpec& device : devices) bytes += static_cast<double>(device.bytes);
  return {busy / (makespan * static_cast<double>(devices.size())), held / (makespan * bytes)};
}

ordered_json simulation_json(const Workload& workload, const std::vector<SimulatedRun>& runs,
                             const Policy& policy, const SimulationOptions& options) {
  ordered_json object = {{"policy", policy.name}};
  object.update(to_json(wait_statistics(workload.jobs, runs)));
  const Utilisation used = utilisation(workload, runs, options.devices);
  object["utilisation"] = used.devices;
  object["memory_utilisation"] = used.memory;
  object["by_priority"] =
      to_json(parts(workload, runs, [](const SimulatedJob& job) { return std::to_string(job.priority); }));
  object["by_model"] = to_json(parts(workload, runs, [&](const SimulatedJob& job) {
    return workload.models[static_cast<std::size_t>(job.model)];
  }));
  return object;
}

}  // namespace clipmill
