#include "cost/job_estimates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/units.h"

namespace clipmill {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

JobSpec shapes_job() {
  JobSpec job;
  job.model = CLIPMILL_SOURCE_DIR "/models/shapes";
  job.output = "a.mp4";
  job.clip.width = job.clip.height = 64;
  job.clip.frames = 17;
  job.clip.steps = 20;
  return job;
}

std::int64_t peak_of(JobEstimates& estimates, const JobSpec& job) {
  std::int64_t most = 0;
  for (const ExpectedStage& stage : estimates.stages(job, {"cpu:0"}))
    most = std::max(most, stage.estimate.reservation);
  return most;
}

const DeviceSpec kDevice{.name = "cpu:0", .bytes = std::int64_t{8} << 30};

TEST(JobEstimates, AClipIsTheSumOfItsStagesAndTheLongestThatOverlap) {
  JobEstimates estimates;
  const JobSpec job = shapes_job();
  estimates.learn(job, "cpu:0", {Stage::kEncodeText, 1, 100});
  estimates.learn(job, "cpu:0", {Stage::kDenoise, 10, 3000});
  estimates.learn(job, "cpu:0", {Stage::kDecode, 4, 200});
  estimates.learn(job, "cpu:0", {Stage::kRender, 2, 0});
  estimates.learn(job, "cpu:0", {Stage::kEncodeVideo, 3, 0});
  const Demand demand = estimates.demand(job, kDevice);
  EXPECT_NEAR(demand.seconds, 1 + 10 + 4, 1e-9);
  EXPECT_GE(demand.bytes, 3300);
}

TEST(JobEstimates, ALoadBelongsToTheStageAfterIt) {
  JobEstimates estimates;
  const JobSpec job = shapes_job();
  EXPECT_THAT(estimates.learn(job, "cpu:0", {Stage::kLoad, 0.5, 100}), SizeIs(0));
  EXPECT_THAT(estimates.learn(job, "cpu:0", {Stage::kLoad, 0.25, 0}), SizeIs(0));
  const auto learned = estimates.learn(job, "cpu:0", {Stage::kDenoise, 10, 3000});
  ASSERT_THAT(learned, SizeIs(2));
  EXPECT_EQ(learned[0].key.stage, Stage::kLoad);
  EXPECT_EQ(learned[0].seconds, 0.75);
  EXPECT_EQ(learned[0].peak_bytes, 100);
  EXPECT_EQ(learned[0].work.amount, estimates.loads(job, "cpu:0").at(1).work.amount);
  EXPECT_EQ(learned[1].key.stage, Stage::kDenoise);
  EXPECT_THAT(estimates.learn(job, "cpu:0", {Stage::kDecode, 1, 1}), SizeIs(1));
}

TEST(JobEstimates, WhatWasStoredIsKnownAtTheNextStart) {
  JobEstimates first;
  const JobSpec job = shapes_job();
  const auto measurements = first.learn(job, "cpu:0", {Stage::kDenoise, 10, 3000});
  const auto failure = first.learn_out_of_memory(job, {"cpu:0"}, Stage::kDecode, 1 << 30);
  ASSERT_TRUE(failure);
  JobEstimates second(measurements, {&*failure, 1});
  EXPECT_EQ(second.demand(job, kDevice).seconds, first.demand(job, kDevice).seconds);
  EXPECT_EQ(second.demand(job, kDevice).bytes, std::int64_t{2} << 30);
}

TEST(JobEstimates, AnEstimateKeepsNoJobFromBeingTried) {
  JobEstimates estimates;
  estimates.learn(shapes_job(), "cpu:0", {Stage::kDenoise, 10, 990});
  EXPECT_EQ(estimates.demand(shapes_job(), {.name = "cpu:0", .bytes = 1000}).bytes, 1000);
}

TEST(JobEstimates, ThePlanIsTheFastestThatFits) {
  JobEstimates estimates;
  const JobSpec job = shapes_job();
  EXPECT_EQ(estimates.demand(job, kDevice).plan, MemoryPlan());
  const std::int64_t floor = estimates.floor(job, "cpu:0");
  EXPECT_GT(floor, 1 << 20);
  const Demand tight = estimates.demand(job, {.name = "cpu:0", .bytes = 2 * floor});
  EXPECT_NE(tight.plan, MemoryPlan());
  EXPECT_LE(tight.bytes, 2 * floor);
}

TEST(JobEstimates, AfterAnOutOfMemoryOfTheWholeDeviceThePlanIsASmallerOne) {
  JobEstimates estimates;
  const JobSpec job = shapes_job();
  const DeviceSpec device{.name = "cpu:0", .bytes = estimates.demand(job, kDevice).bytes};
  ASSERT_EQ(estimates.plan(job, device), MemoryPlan());
  estimates.learn_out_of_memory(job, {"cpu:0"}, Stage::kDecode, device.bytes);
  EXPECT_NE(estimates.plan(job, device), MemoryPlan());
}

TEST(JobEstimates, WhyAPlanWasTakenIsTold) {
  JobEstimates estimates;
  JobSpec job = shapes_job();
  EXPECT_EQ(estimates.why(job, MemoryPlan(), kDevice),
            "everything stays: " + format_bytes(peak_of(estimates, job)) + " with a margin");
  const DeviceSpec tight{.name = "cpu:0", .bytes = 2 * estimates.floor(job, "cpu:0")};
  EXPECT_THAT(estimates.why(job, estimates.plan(job, tight), tight),
              HasSubstr("the fastest that is expected to fit into " + format_bytes(tight.bytes)));
  job.memory_plan = MemoryPlan();
  EXPECT_EQ(estimates.why(job, MemoryPlan(), kDevice), "asked for");
}

TEST(JobEstimates, ClipsThatDifferInTheLengthOfTheirTextsAreNotAlike) {
  JobEstimates estimates;
  JobSpec shorter = shapes_job(), longer = shapes_job();
  shorter.clip.max_text_tokens = 32, longer.clip.max_text_tokens = 4096;
  EXPECT_LT(estimates.floor(shorter, "cpu:0"), estimates.floor(longer, "cpu:0"));
  EXPECT_NE(estimates.demand(shorter, kDevice).like, estimates.demand(longer, kDevice).like);
}

TEST(JobEstimates, AFirstClipTeachesNoSmallerPeakOfWhatStays) {
  JobEstimates estimates;
  const JobSpec job = shapes_job();
  const std::int64_t before = estimates.demand(job, kDevice).bytes;
  for (const Stage stage : {Stage::kEncodeText, Stage::kDenoise, Stage::kDecode})
    estimates.learn(job, "cpu:0", {stage, 1, 1000});
  EXPECT_GE(estimates.demand(job, kDevice).bytes, before);
}

/// Before anything was measured, too.
TEST(JobEstimates, SecondsAreThePlans) {
  JobEstimates estimates;
  const JobSpec job = shapes_job();
  const auto decode = [&](const MemoryPlan& plan) {
    return estimates.stages(job, {"cpu:0", plan}).at(2).estimate.seconds;
  };
  EXPECT_GT(decode({.decode = {16}}), 2 * decode({}));
}

TEST(JobEstimates, WhatIsExactGoesBeforeWhatIsNot) {
  JobEstimates estimates;
  JobSpec job = shapes_job();
  const std::int64_t floor = estimates.floor(job, "cpu:0");
  job.approximate = true;
  const DeviceSpec exact{.name = "cpu:0", .bytes = floor}, below{.name = "cpu:0", .bytes = floor - 1};
  EXPECT_FALSE(estimates.plan(job, exact).denoise.int8);
  EXPECT_TRUE(estimates.plan(job, below).denoise.int8);
}

TEST(JobEstimates, AJobsOwnPlanIsTaken) {
  JobEstimates estimates;
  JobSpec job = shapes_job();
  job.memory_plan = MemoryPlan{.resident = false, .denoise = {.chunks = 4}};
  EXPECT_EQ(estimates.demand(job, kDevice).plan, *job.memory_plan);
}

TEST(JobEstimates, AMissingModelHasADemandAndTeachesNothing) {
  JobEstimates estimates;
  JobSpec job = shapes_job();
  job.model = "/nowhere";
  const Demand demand = estimates.demand(job, kDevice);
  EXPECT_EQ(demand.bytes, kDevice.bytes);
  EXPECT_GT(demand.seconds, 0);
  EXPECT_THAT(estimates.learn(job, "cpu:0", {Stage::kDenoise, 1, 1}), SizeIs(0));
  EXPECT_FALSE(estimates.learn_out_of_memory(job, {"cpu:0"}, Stage::kDenoise, 1));
}

TEST(JobEstimates, NumbersWhatAWorkerWouldHaveResident) {
  JobEstimates estimates;
  const JobSpec job = shapes_job();
  JobSpec half = job, larger = job;
  half.clip.precision = Precision::kBf16;
  larger.clip.frames = 33;
  EXPECT_EQ(estimates.demand(job, kDevice).model, estimates.demand(larger, kDevice).model);
  EXPECT_NE(estimates.demand(job, kDevice).model, estimates.demand(half, kDevice).model);
}

}  // namespace
}  // namespace clipmill
