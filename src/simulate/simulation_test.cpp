#include "simulate/simulation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
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
  const auto runs = simulate(workload, kFifo, fleet(1, 48)).runs;
  EXPECT_EQ(runs[0].started, 0);
  EXPECT_EQ(runs[1].started, 1);
  EXPECT_EQ(runs[2].started, 10);
  EXPECT_EQ(runs[3].started, 3) << "a small one fits beside them and delays nobody";
  EXPECT_EQ(runs[2].ended, 15);
}

TEST(Simulation, ABatchIsNoStreamInTheOrderOfItsFile) {
  const Workload workload{{job(0, 100, 8), job(0, 10, 8), job(0, 50, 8)}, {""}};
  const auto runs = simulate(workload, kCompletion, fleet(1, 48, 1)).runs;
  EXPECT_EQ(runs[1].started, 0);
  EXPECT_EQ(runs[2].started, 10);
  EXPECT_EQ(runs[0].started, 60);
}

TEST(Simulation, AChangeOfModelTakesTimeAndAWrongEstimateIsSurvived) {
  Workload workload{{job(0, 10, 20), job(0, 10, 20), job(0, 10, 20)}, {"a", "b"}};
  workload.jobs[1].model = 1;
  workload.jobs[0].expected = 1;
  SimulationOptions options = fleet(1, 48, 1);
  options.fleet.load_seconds = 3;
  const auto runs = simulate(workload, kFifo, options).runs;
  EXPECT_EQ(runs[0].ended, 13);
  std::vector<double> ends = {runs[1].ended, runs[2].ended};
  EXPECT_THAT(ends, testing::ElementsAre(36, 23)) << "the job of the resident model goes first";
}

TEST(Simulation, WhatFitsNowhereIsCountedAndStopsNobody) {
  const Workload workload{{job(0, 10, 80), job(0, 10, 20)}, {""}};
  const SimulationOptions options = fleet(2, 48);
  const Simulation simulation = simulate(workload, kFair, options);
  EXPECT_EQ(simulation.runs[0].device, -1);
  EXPECT_EQ(simulation.runs[1].ended, 10);
  const auto json = simulation_json(workload, simulation, kFair, options);
  EXPECT_EQ(json["unplaced"], 1);
  EXPECT_EQ(json["jobs"], 1);
  EXPECT_EQ(json["utilisation"], 0.5);
}

TEST(WaitStatistics, ByNearestRankAndByPriority) {
  std::vector<SimulatedJob> jobs;
  std::vector<SimulatedRun> runs;
  for (int i = 1; i <= 100; ++i) {
    jobs.push_back(job(10, 1, 1, i <= 50 ? 1 : 3));
    runs.push_back({10.0 + i, 10.0 + i, 11.0 + i, 0});
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

TEST(Arrivals, EstimateErrorsHaveTheirDeviation) {
  const Workload truth = poisson_arrivals({.jobs = 20'000, .bytes = kGB, .largest = kGB});
  const Workload told = with_estimate_errors(truth, 0.3, 5);
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < truth.jobs.size(); ++i) {
    ASSERT_EQ(told.jobs[i].seconds, truth.jobs[i].seconds);
    const double error = std::log(told.jobs[i].seconds / told.jobs[i].expected);
    sum += error, squares += error * error;
  }
  EXPECT_NEAR(sum / 20'000, 0, 0.01);
  EXPECT_NEAR(std::sqrt(squares / 20'000), 0.3, 0.01);
}

TEST(Simulation, JobsOfNoTimeAndNoMemoryEndUnderEveryPolicy) {
  Workload workload{{job(0, 0, 0), job(0, 10, 48), job(5, 0, 48, -3), job(5, 0, 0, 1000)}, {""}};
  for (const Policy* policy : policies()) {
    const SimulationOptions options = fleet(1, 48);
    const Simulation simulation = simulate(workload, *policy, options);
    for (const SimulatedRun& run : simulation.runs) EXPECT_LE(run.ended, 10) << policy->name;
    const auto json = simulation_json(workload, simulation, *policy, options);
    EXPECT_TRUE(json["by_priority"]["-3"]["utilisation"].is_number());
    EXPECT_TRUE(json["by_model"][""]["max_wait"].is_number());
  }
}

TEST(Simulation, AJobMovesWhenItsDeviceIsLost) {
  const Workload workload{{job(0, 10, 40), job(0, 10, 40)}, {""}};
  SimulationOptions options = fleet(2, 48);
  options.fleet.outages.planned = {{.device = 0, .from = 4}};
  const Simulation simulation = simulate(workload, kFifo, options);
  EXPECT_EQ(simulation.runs[0].started, 0) << "the wait ends with the first attempt";
  EXPECT_EQ(simulation.runs[0].restarted, 10);
  EXPECT_EQ(simulation.runs[0].ended, 20) << "from the beginning";
  ASSERT_EQ(simulation.lost.size(), 1u);
  EXPECT_EQ(simulation.lost[0].ended, 4);
  EXPECT_EQ(utilisation(workload, simulation, options.devices).devices, 24.0 / 40);
}

TEST(Simulation, ALostJobGoesOnFromItsLastCheckpoint) {
  const Workload workload{{job(0, 10, 40)}, {""}};
  SimulationOptions options = fleet(1, 48);
  options.fleet.outages.planned = {{.device = 0, .from = 5, .until = 7},
                                   {.device = 0, .from = 9, .until = 20}};
  options.fleet.checkpoint_share = 0.2;
  EXPECT_EQ(simulate(workload, kFifo, options).runs[0].ended, 24)
      << "2 of 5 checkpoints are kept at 5, 3 at 9";
}

TEST(Simulation, WhatFitsOnlyWhereNothingComesBackIsGivenUp) {
  const Workload workload{{job(0, 10, 60), job(1, 10, 60), job(2, 10, 20), job(9, 1, 60)}, {""}};
  SimulationOptions options = fleet(2, 48);
  options.devices[1].bytes = 80 * kGB;
  options.fleet.outages.planned = {{.device = 1, .from = 5}};
  options.fleet.outages.mean_between = 1'000;
  const Simulation simulation = simulate(workload, kFair, options);
  for (const int i : {0, 1, 3}) EXPECT_EQ(simulation.runs[static_cast<std::size_t>(i)].device, -1) << i;
  EXPECT_EQ(simulation.runs[2].device, 0);
  EXPECT_EQ(wait_statistics(workload.jobs, simulation.runs).unplaced, 3);
}

/// Every moment at which a job starts: what its device holds then.
void expect_never_over_committed(const Workload& workload, const Simulation& simulation,
                                 const SimulationOptions& options) {
  std::vector<LostRun> all = simulation.lost;
  for (std::size_t i = 0; i < simulation.runs.size(); ++i) {
    const SimulatedRun& run = simulation.runs[i];
    all.push_back({static_cast<JobId>(i), run.device, run.restarted, run.ended});
  }
  for (const LostRun& starting : all) {
    std::int64_t held = 0;
    int lanes = 0;
    for (const LostRun& other : all) {
      if (other.device != starting.device || other.started > starting.started ||
          other.ended <= starting.started)
        continue;
      held += workload.jobs[static_cast<std::size_t>(other.job)].bytes, ++lanes;
    }
    const DeviceSpec& device = options.devices[static_cast<std::size_t>(starting.device)];
    ASSERT_LE(held, device.bytes);
    ASSERT_LE(lanes, device.lanes);
  }
}

/// A stream and a fleet of their own for every seed: unequal devices that are lost and come back, estimates
/// that are wrong. All jobs end, no device is ever over-committed, and a run repeats itself.
TEST(Simulation, KeepsItsPromisesOnRandomStreams) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Policy& policy = *policies()[seed % policies().size()];
    SCOPED_TRACE(fmt::format("{}, seed {}", policy.name, seed));
    const Workload workload = poisson_arrivals(
        {.jobs = 300, .bytes = 3 * 48 * kGB, .largest = 48 * kGB, .estimate_error = 0.3, .seed = seed});
    SimulationOptions options = fleet(3, 48, seed % 2 ? 1000 : 2);
    options.devices[1].speed = 2.5;
    options.devices[2].bytes = 64 * kGB;
    options.scheduler.balance = seed % 3 ? Balance::kFinishTime : Balance::kLeastLoaded;
    options.fleet = {.load_seconds = 20,
                     .outages = {.mean_between = 5'000, .repair = 900, .seed = seed},
                     .checkpoint_share = seed % 4 ? 0.25 : 0.0};
    const Simulation simulation = simulate(workload, policy, options);
    const Simulation again = simulate(workload, policy, options);
    EXPECT_FALSE(simulation.lost.empty()) << "nothing was tried";
    ASSERT_EQ(simulation.lost.size(), again.lost.size());
    for (std::size_t i = 0; i < simulation.runs.size(); ++i) {
      ASSERT_LT(simulation.runs[i].ended, kNever);
      ASSERT_GE(simulation.runs[i].started, workload.jobs[i].submitted);
      ASSERT_EQ(simulation.runs[i].ended, again.runs[i].ended);
    }
    expect_never_over_committed(workload, simulation, options);
  }
}

}  // namespace
}  // namespace clipmill
