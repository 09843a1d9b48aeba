// How large a queue may become: decisions a second, and a million jobs on ten thousand devices in virtual
// time. bench_scale. The aims: 10 µs a decision, 60 s and 2 GiB for the million.
#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <cstdio>

#include "base/clock.h"
#include "base/units.h"
#include "simulate/arrivals.h"
#include "simulate/fleet_spec.h"
#include "simulate/simulation.h"

namespace clipmill {
namespace {

constexpr std::int64_t kMemory = 48'000'000'000;

std::int64_t peak_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * std::int64_t{1024};
}

Workload stream(int jobs, int devices, double load) {
  return poisson_arrivals({.jobs = jobs, .load = load, .bytes = devices * kMemory, .largest = kMemory});
}

/// Microseconds of a decision with `waiting` jobs in the queue: a job ends, the next one starts.
double decision_microseconds(const Policy& policy, int waiting) {
  constexpr int kDecisions = 2'000;
  const Workload workload = stream(waiting + kDecisions, 8, 0.85);
  const SystemClock clock;
  Scheduler scheduler(policy, {}, parse_fleet({"8"}, kMemory, 1));
  for (std::size_t i = 0; i < workload.jobs.size(); ++i) {
    const SimulatedJob& job = workload.jobs[i];
    scheduler.add(
        {static_cast<JobId>(i), job.priority, job.submitted, kNever, {0, job.expected, 0, job.bytes}}, 0);
  }
  std::vector<JobId> running;
  double now = workload.jobs.back().submitted;
  while (const auto start = scheduler.next(now)) running.push_back(start->job);
  const double began = clock.now();
  for (int i = 0; i < kDecisions; ++i) {
    scheduler.ended(running[static_cast<std::size_t>(i) % running.size()]);
    const auto start = scheduler.next(now += 1);
    if (start) running[static_cast<std::size_t>(i) % running.size()] = start->job;
  }
  return (clock.now() - began) / kDecisions * 1e6;
}

void decisions() {
  fmt::print("microseconds a decision\n{:<12}", "waiting");
  for (const Policy* policy : policies()) fmt::print("{:>12}", policy->name);
  for (const int waiting : {1'000, 10'000, 100'000, 1'000'000}) {
    fmt::print("\n{:<12}", waiting);
    for (const Policy* policy : policies()) fmt::print("{:>12.2f}", decision_microseconds(*policy, waiting));
  }
  fmt::print("\n\n");
}

/// Milliseconds until another estimate has reached all of `waiting` jobs, of so many kinds.
double refresh_milliseconds(const Policy& policy, int waiting, bool changed) {
  constexpr int kKinds = 20;
  Scheduler scheduler(policy, {}, parse_fleet({"8"}, kMemory, 1));
  const auto demand_of = [](int kind, double factor) {
    return Demand{.seconds = factor * (10 + kind), .bytes = kMemory / (2 + kind), .like = kind};
  };
  for (int i = 0; i < waiting; ++i)
    scheduler.add({i, i % 3, static_cast<double>(i), kNever, demand_of(i % kKinds, 1)}, 0);
  const SystemClock clock;
  const double began = clock.now();
  scheduler.refresh([&](const WaitingJob& job) { return demand_of(job.demand.like, changed ? 1.3 : 1); },
                    waiting);
  return (clock.now() - began) * 1e3;
}

void refreshes() {
  fmt::print(
      "milliseconds until estimates have reached all that wait, of 20 kinds (looked at once a second)\n");
  fmt::print("{:<12}{:>12}{:>12}\n", "waiting", "all changed", "none");
  for (const int waiting : {1'000, 10'000, 100'000, 1'000'000})
    fmt::print("{:<12}{:>12.1f}{:>12.1f}\n", waiting, refresh_milliseconds(kFair, waiting, true),
               refresh_milliseconds(kFair, waiting, false));
  fmt::print("\n");
}

void million(int jobs, int devices) {
  const Workload workload = stream(jobs, devices, 0.85);
  const SystemClock clock;
  const double began = clock.now();
  const auto runs =
      simulate(workload, kFair, {.devices = parse_fleet({std::to_string(devices)}, kMemory, 1000)}).runs;
  fmt::print("{} jobs on {} devices: {}, peak memory of the program {}\n", runs.size(), devices,
             format_seconds(clock.now() - began), format_bytes(peak_bytes()));
}

}  // namespace
}  // namespace clipmill

int main() {
  clipmill::decisions();
  clipmill::refreshes();
  clipmill::million(1'000'000, 10'000);
}
