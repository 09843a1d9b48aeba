#include "simulate/wait_statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "simulate/held.h"

namespace clipmill {
namespace {

using nlohmann::ordered_json;

/// The smallest wait that a share of `q` does not exceed. `waits`: sorted, not empty.
double quantile(const std::vector<double>& waits, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(waits.size())));
  return waits[std::max<std::size_t>(rank, 1) - 1];
}

/// Jobs of one priority, say.
struct Part {
  std::vector<SimulatedJob> jobs;
  std::vector<SimulatedRun> runs;
  std::vector<Held> held;
};

template <typename Name>
std::map<std::string, Part> parts(const Workload& workload, const Simulation& simulation, const Name& name) {
  std::map<std::string, Part> result;
  for (std::size_t i = 0; i < simulation.runs.size(); ++i) {
    Part& part = result[name(workload.jobs[i])];
    part.jobs.push_back(workload.jobs[i]);
    part.runs.push_back(simulation.runs[i]);
  }
  for (const Held& held : held_by_jobs(simulation))
    result[name(workload.jobs[held.job])].held.push_back(held);
  return result;
}

ordered_json to_json(const WaitStatistics& s) {
  return {{"jobs", s.jobs},
          {"unplaced", s.unplaced},
          {"mean_wait", s.mean},
          {"p95_wait", s.p95},
          {"p99_wait", s.p99},
          {"max_wait", s.max},
          {"priority_weighted_mean_wait", s.priority_weighted_mean},
          {"makespan", s.makespan}};
}

ordered_json to_json(std::map<std::string, Part> parts, double device_seconds) {
  ordered_json object = ordered_json::object();
  for (auto& [name, part] : parts) {
    object[name] = to_json(wait_statistics(part.jobs, part.runs));
    object[name]["utilisation"] =
        device_seconds > 0 ? busy_seconds(std::move(part.held)) / device_seconds : 0;
  }
  return object;
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

Utilisation utilisation(const Workload& workload, const Simulation& simulation,
                        const std::vector<DeviceSpec>& devices) {
  const double makespan = wait_statistics(workload.jobs, simulation.runs).makespan;
  if (makespan <= 0) return {};
  std::vector<Held> all = held_by_jobs(simulation);
  double bytes = 0, held = 0;
  for (const Held& each : all)
    held += (each.until - each.from) * static_cast<double>(workload.jobs[each.job].bytes);
  for (const DeviceSpec& device : devices) bytes += static_cast<double>(device.bytes);
  return {busy_seconds(std::move(all)) / (makespan * static_cast<double>(devices.size())),
          held / (makespan * bytes)};
}

ordered_json simulation_json(const Workload& workload, const Simulation& simulation, const Policy& policy,
                             const SimulationOptions& options) {
  const WaitStatistics waits = wait_statistics(workload.jobs, simulation.runs);
  const double device_seconds = waits.makespan * static_cast<double>(options.devices.size());
  const Utilisation used = utilisation(workload, simulation, options.devices);
  ordered_json object = {{"policy", policy.name}};
  object.update(to_json(waits));
  object["utilisation"] = used.devices;
  object["memory_utilisation"] = used.memory;
  object["lost_runs"] = simulation.lost.size();
  const auto priority = [](const SimulatedJob& job) { return std::to_string(job.priority); };
  const auto model = [&](const SimulatedJob& job) {
    return workload.models[static_cast<std::size_t>(job.model)];
  };
  object["by_priority"] = to_json(parts(workload, simulation, priority), device_seconds);
  object["by_model"] = to_json(parts(workload, simulation, model), device_seconds);
  return object;
}

}  // namespace clipmill
