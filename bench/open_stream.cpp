// An open stream: Poisson arrivals at 85 % load, mixed memory and priorities, the same stream for every
// policy. bench_open_stream [CSV]. Prints waits relative to plain FIFO with EASY backfilling, over seeds.
#include <fmt/format.h>

#include <cstdio>
#include <map>

#include "base/atomic_file.h"
#include "simulate/arrivals.h"
#include "simulate/fleet_spec.h"
#include "simulate/wait_statistics.h"

namespace clipmill {
namespace {

constexpr int kSeeds = 5, kJobs = 20'000;
constexpr std::int64_t kMemory = 48'000'000'000;

/// Of one policy on one stream.
struct Waits {
  WaitStatistics all;
  std::map<int, WaitStatistics> by_priority;
};

Waits waits_of(const Workload& workload, const std::vector<SimulatedRun>& runs) {
  std::map<int, std::pair<std::vector<SimulatedJob>, std::vector<SimulatedRun>>> parts;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    auto& [jobs, of_part] = parts[workload.jobs[i].priority];
    jobs.push_back(workload.jobs[i]);
    of_part.push_back(runs[i]);
  }
  Waits waits{wait_statistics(workload.jobs, runs), {}};
  for (const auto& [priority, part] : parts)
    waits.by_priority[priority] = wait_statistics(part.first, part.second);
  return waits;
}

/// Against FIFO: mean, priority-weighted mean, and the worst ratio of longest waits of all classes.
struct Ratios {
  double mean, weighted, worst;
};

Ratios ratios(const Waits& waits, const Waits& fifo) {
  Ratios result{waits.all.mean / fifo.all.mean,
                waits.all.priority_weighted_mean / fifo.all.priority_weighted_mean, 0};
  for (const auto& [priority, of_class] : waits.by_priority)
    result.worst = std::max(result.worst, of_class.max / fifo.by_priority.at(priority).max);
  return result;
}

std::string csv_row(const Policy& policy, int seed, const char* priority, const WaitStatistics& s) {
  return fmt::format("{},{},{},{},{:.1f},{:.1f},{:.1f},{:.1f},{:.1f}\n", policy.name, seed, priority, s.jobs,
                     s.mean, s.p95, s.p99, s.max, s.priority_weighted_mean);
}

int run(const char* csv_path) {
  const std::vector<DeviceSpec> devices = parse_fleet({"4"}, kMemory, 1000);
  std::string csv = "policy,seed,priority,jobs,mean,p95,p99,longest,priority_weighted_mean\n";
  fmt::print("{} jobs on 4 devices, load 0.85; waits relative to fifo with EASY backfilling\n\n", kJobs);
  fmt::print("{:<12}{:>6}{:>11}{:>9}{:>9}{:>11}{:>9}{:>11}{:>13}\n", "policy", "seed", "mean", "p95", "p99",
             "longest", "mean", "by weight", "worst class");
  for (int seed = 1; seed <= kSeeds; ++seed) {
    const Workload workload = poisson_arrivals({.jobs = kJobs,
                                                .load = 0.85,
                                                .bytes = 4 * kMemory,
                                                .largest = kMemory,
                                                .seed = static_cast<std::uint64_t>(seed)});
    const Waits fifo = waits_of(workload, simulate(workload, kFifo, {.devices = devices}).runs);
    for (const Policy* policy : policies()) {
      const Waits waits = waits_of(workload, simulate(workload, *policy, {.devices = devices}).runs);
      const Ratios r = ratios(waits, fifo);
      fmt::print("{:<12}{:>6}{:>11.0f}{:>9.0f}{:>9.0f}{:>11.0f}{:>9.3f}{:>11.3f}{:>13.3f}\n", policy->name,
                 seed, waits.all.mean, waits.all.p95, waits.all.p99, waits.all.max, r.mean, r.weighted,
                 r.worst);
      csv += csv_row(*policy, seed, "all", waits.all);
      for (const auto& [priority, of_class] : waits.by_priority)
        csv += csv_row(*policy, seed, std::to_string(priority).c_str(), of_class);
    }
  }
  if (csv_path) write_file(csv_path, csv);
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) { return clipmill::run(argc > 1 ? argv[1] : nullptr); }
