#include "simulate/load_bound.h"

#include <gtest/gtest.h>

#include "simulate/arrivals.h"
#include "simulate/simulation.h"

namespace clipmill {
namespace {

const std::vector<DeviceSpec> kTwoSpeeds = {{.name = "slow", .bytes = 9, .speed = 1},
                                            {.name = "quick", .bytes = 9, .speed = 3}};

Workload jobs_of(const std::vector<std::pair<double, double>>& submitted_and_seconds) {
  Workload workload{{}, {""}};
  for (const auto& [submitted, seconds] : submitted_and_seconds)
    workload.jobs.push_back({.submitted = submitted, .seconds = seconds, .expected = seconds, .bytes = 1});
  return workload;
}

TEST(LoadBound, WorkOverSpeedOrTheLongestJobOrTheLastToCome) {
  EXPECT_EQ(ready_at_best(jobs_of({{0, 20}, {0, 20}}), kTwoSpeeds, {}), 10);
  EXPECT_EQ(ready_at_best(jobs_of({{0, 60}, {0, 4}}), kTwoSpeeds, {}), 20);
  EXPECT_EQ(ready_at_best(jobs_of({{0, 1}, {50, 40}, {50, 40}}), kTwoSpeeds, {}), 70);
}

TEST(LoadBound, ALostDeviceDoesNothing) {
  const Workload workload = jobs_of({{0, 20}, {0, 20}});
  EXPECT_EQ(ready_at_best(workload, kTwoSpeeds, {{.device = 1, .from = 5}}), 25);
  EXPECT_EQ(ready_at_best(workload, kTwoSpeeds, {{.device = 1, .from = 5, .until = 10}}), 13.75);
}

TEST(LoadBound, NoSimulationBeatsIt) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Workload workload =
        poisson_arrivals({.jobs = 60, .load = 3, .bytes = 18, .largest = 9, .seed = seed});
    SimulationOptions options{.devices = kTwoSpeeds, .scheduler = {}, .fleet = {}};
    options.fleet.outages.planned = {{.device = 1, .from = 500, .until = 2'000}};
    double last = 0;
    for (const SimulatedRun& run : simulate(workload, kMakespan, options).runs)
      last = std::max(last, run.ended);
    EXPECT_GE(last, ready_at_best(workload, kTwoSpeeds, options.fleet.outages.planned)) << seed;
  }
}

}  // namespace
}  // namespace clipmill
