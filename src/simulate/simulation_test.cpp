#include "simulate/simulation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "simulate/arrivals.h"
#include "simulate/wait_statistics.h"

namespace clipmill {
namespace {

constexpr std::int64_t kGB = 1'000'000'000;

SimulationOptions fleet(int devices, std::int64_t gigabytes, int lanes = 1000) {
  SimulationOptions options;
  for (int i = 0; i < devices; ++i)
    options.devices.push_back({fmt::format("gpu:{}", i), gigabytes * kGB, 1, lanes});
  return options;
}

SimulatedJob job(double submitted, double seconds, std::int64_t gigabytes, int priority = 1) {
  return {.submitted = submitted,
          .seconds = seconds,
          .expected = seconds,
          .bytes = gigabytes * kGB,
          .priority = priority};
}

TEST(Simulation, TwoJobsShareADeviceTheThirdWaitsItsTurn) {
  const Workload workload{{job(0, 10, 20), job(1, 10, 20), job(2, 5, 20), job(3, 1, 8)}, {""}};
  const auto runs = simulate(workload, kFifo, fleet(1, 48));
  EXPECT_EQ(runs[0].started, 0);
  EXPECT_EQ(runs[1].started, 1);
  EXPECT_EQ(runs[2].started, 10);
  EXPECT_EQ(runs[3].started, 3) << "a small one fits beside them and delays nobody";
  EXPECT_EQ(runs[2].ended, 15);
}

TEST(Simulation, AChangeOfModelTakesTimeAndAWrongEstimateIsSurvived) {
  Workload workload{{job(0, 10, 20), job(0, 10, 20), job(0, 10, 20)}, {"a", "b"}};
  workload.jobs[1].model = 1;
  workload.jobs[0].expected = 1;
  SimulationOptions options = fleet(1, 48, 1);
  options.load_seconds = 3;
  const auto runs = simulate(workload, kFifo, options);
  EXPECT_EQ(runs[0].ended, 13);
  std::vector<double> ends = {runs[1].ended, runs[2].ended};
  EXPECT_THAT(ends, testing::ElementsAre(26, 39));
}

TEST(Simulation, WhatFitsNowhereIsCountedAndStopsNobody) {
  const Workload workload{{job(0, 10, 80), job(0, 10, 20)}, {""}};
  const SimulationOptions options = fleet(2, 48);
  const auto runs = simulate(workload, kFair, options);
  EXPECT_EQ(runs[0].device, -1);
  EXPECT_EQ(runs[1].ended, 10);
  const auto json = simulation_json(workload, runs, kFair, options);
  EXPECT_EQ(json["unplaced"], 1);
  EXPECT_EQ(json["jobs"], 1);
  EXPECT_EQ(json["utilisation"], 0.5);
}

TEST(WaitStatistics, ByNearestRankAndByPriority) {
  std::vector<SimulatedJob> jobs;
  std::vector<SimulatedRun> runs;
  for (int i = 1; i <= 100; ++i) {
    jobs.push_back(job(10, 1, 1, i <= 50 ? 1 : 3));
    runs.push_back({10.0 + i, 11.0 + i, 0});
  }
  const WaitStatistics s = wait_statistics(jobs, runs);
  EXPECT_EQ(s.mean, 50.5);
  EXPECT_EQ(s.p95, 95);
  EXPECT_EQ(s.p99, 99);
  EXPECT_EQ(s.max, 100);
  EXPECT_DOUBLE_EQ(s.priority_weighted_mean, (25.5 + 3 * 75.5) / 4);
  EXPECT_EQ(s.makespan, 101);
}

TEST(Arrivals, AreTheSameForASeedAndMeetTheirLoad) {
  const ArrivalOptions options{
      .jobs = 20'000, .load = 0.85, .bytes = 4 * 48 * kGB, .largest = 48 * kGB, .seed = 3};
  const Workload one = poisson_arrivals(options), same = poisson_arrivals(options);
  ArrivalOptions other = options;
  other.seed = 4;
  EXPECT_EQ(one.jobs.back().submitted, same.jobs.back().submitted);
  EXPECT_NE(one.jobs.back().submitted, poisson_arrivals(other).jobs.back().submitted);
  double area = 0;
  for (const SimulatedJob& each : one.jobs) area += each.seconds * static_cast<double>(each.bytes);
  EXPECT_NEAR(area / (one.jobs.back().submitted * 4 * 48 * kGB), 0.85, 0.03);
}

/// On a stream of its own for every seed: all jobs end, memory is never over-committed, a run repeats itself.
TEST(Simulation, KeepsItsPromisesOnRandomStreams) {
  for (const Policy* policy : policies()) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const Workload workload = poisson_arrivals(
          {.jobs = 400, .bytes = 2 * 48 * kGB, .largest = 48 * kGB, .estimate_error = 0.3, .seed = seed});
      const SimulationOptions options = fleet(2, 48);
      const auto runs = simulate(workload, *policy, options);
      const auto again = simulate(workload, *policy, options);
      for (std::size_t i = 0; i < runs.size(); ++i) {
        ASSERT_GE(runs[i].started, workload.jobs[i].submitted);
        ASSERT_EQ(runs[i].started, again[i].started);
        std::int64_t held = 0;
        for (std::size_t k = 0; k < runs.size(); ++k) {
          if (runs[k].device == runs[i].device && runs[k].started <= runs[i].started &&
              runs[i].started < runs[k].ended)
            held += workload.jobs[k].bytes;
        }
        ASSERT_LE(held, 48 * kGB) << policy->name << ", seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace clipmill
