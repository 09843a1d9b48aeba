#include "observe/speed_up.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "observe/guide_formula.h"
#include "observe/intervals.h"
#include "observe/loads.h"
#include "observe/solo_times.h"

namespace clipmill {
namespace {

constexpr Window kBatch{1000, 2000};

StageSpan span_of(JobId job, Stage stage, double start, double end, const std::string& device = "cpu:0") {
  return {job, job, device, stage, 1000 + start, 1000 + end, end - start, 0, "resident", "done"};
}
/// Jobs 1 to n of one model and shape.
std::vector<PastJob> like_jobs(int count) {
  std::vector<PastJob> jobs;
  for (int id = 1; id <= count; ++id) jobs.push_back({id, {.model = "m"}, 0});
  return jobs;
}

TEST(UnionLength, CountsWhatOverlapsOnce) {
  EXPECT_EQ(union_length({{3, 5}, {0, 2}, {1, 4}, {7, 8}}), 6);
  EXPECT_EQ(union_length({}), 0);
}

/// Job 1 alone: load 4, denoise 10, decode 6 beside render of 2. Then jobs 2 and 3 on two devices at once,
/// each with a resident transformer, slowed to 15 s of denoising.
History two_devices() {
  History history;
  history.jobs = like_jobs(3);
  history.stages = {span_of(1, Stage::kLoad, 0, 4),      span_of(1, Stage::kDenoise, 4, 14),
                    span_of(1, Stage::kDecode, 14, 20),  span_of(1, Stage::kRender, 14, 20),
                    span_of(2, Stage::kDenoise, 20, 35), span_of(3, Stage::kDenoise, 20, 35, "cpu:1")};
  history.stages[3].seconds = 2;
  return history;
}

TEST(SpeedUpTest, FactorsByHand) {
  const SpeedUp speed = speed_up(two_devices(), kBatch);
  EXPECT_DOUBLE_EQ(speed.busy, 4 + 10 + 6 + 2 + 15 + 15);
  EXPECT_DOUBLE_EQ(speed.alone, 4 + 10 + 6 + 2 + 10 + 10);
  EXPECT_DOUBLE_EQ(speed.known, 10 + 6 + 2 + 15 + 15);
  EXPECT_EQ(speed.loads, 1);
  EXPECT_EQ(speed.spared_loads, 3);  // two transformers, and the decoder, which nothing is known of
  EXPECT_DOUBLE_EQ(speed.spared, 8);
  EXPECT_DOUBLE_EQ(speed.clips, 20 + 15 + 15);
  EXPECT_DOUBLE_EQ(speed.devices, 35 + 15);
  EXPECT_DOUBLE_EQ(speed.wall, 35);
  EXPECT_DOUBLE_EQ(speed.measured(), 50.0 / 35);
  EXPECT_DOUBLE_EQ(speed.factor(Factor::kResident), 50.0 / 42);
  EXPECT_DOUBLE_EQ(speed.factor(Factor::kSharing), 42.0 / 52);
  EXPECT_DOUBLE_EQ(speed.factor(Factor::kOverlap), 52.0 / 50);
  EXPECT_DOUBLE_EQ(speed.factor(Factor::kMemory), 1);
  EXPECT_DOUBLE_EQ(speed.factor(Factor::kDevices), 50.0 / 35);
}

TEST(SpeedUpTest, ClipsSideBySideOnOneDeviceAreMemorysDoing) {
  History history;
  history.jobs = like_jobs(2);
  history.stages = {span_of(1, Stage::kDecode, 0, 10), span_of(2, Stage::kDenoise, 5, 15)};
  const SpeedUp speed = speed_up(history, kBatch);
  EXPECT_DOUBLE_EQ(speed.factor(Factor::kMemory), 20.0 / 15);
  EXPECT_DOUBLE_EQ(speed.factor(Factor::kOverlap), 1);
  EXPECT_DOUBLE_EQ(speed.known, 0);
}

TEST(SpeedUpTest, NothingRan) {
  const SpeedUp speed = speed_up({}, kBatch);
  EXPECT_EQ(speed.measured(), 0);
  EXPECT_EQ(speed.factor(Factor::kDevices), 1);
}

TEST(SpeedUpTest, OfASpanOverTheEdgeTheShareInTheWindowCounts) {
  History history;
  history.stages = {span_of(1, Stage::kDenoise, -30, 10)};
  const SpeedUp speed = speed_up(history, kBatch);
  EXPECT_DOUBLE_EQ(speed.busy, 10);
  EXPECT_DOUBLE_EQ(speed.wall, 10);
}

TEST(SpeedUpTest, WaitingWorkCountsAsWallTime) {
  History history;
  history.stages = {span_of(1, Stage::kDenoise, 0, 10)};
  history.waits = {{"cpu:0", Wait::kWork, 1010, 1014}, {"cpu:0", Wait::kNothing, 1014, 0}};
  EXPECT_DOUBLE_EQ(speed_up(history, kBatch).wall, 14);
}

TEST(GuideFormulaTest, ByHand) {
  SpeedUp speed;
  speed.busy = 100, speed.devices = 60, speed.clips = 70, speed.alone = 90, speed.wall = 75,
  speed.device_count = 1;
  const GuideFormula formula = guide_formula(speed, {.budget = 100, .with_levers = 30, .without_levers = 60});
  EXPECT_DOUBLE_EQ(formula.alpha, 0.4);
  EXPECT_DOUBLE_EQ(formula.beta, 3);
  EXPECT_DOUBLE_EQ(formula.predicted(), 5);
  EXPECT_DOUBLE_EQ(formula.error(speed.measured_of_one()), 5 / 1.2 - 1);
}

TEST(GuideFormulaTest, WithoutKnownMemoryBetaIsOne) {
  EXPECT_EQ(guide_formula({}, {}).beta, 1);
  EXPECT_EQ(guide_formula({}, {.budget = 10, .with_levers = 20, .without_levers = 90}).beta, 1);
  EXPECT_FALSE((Residence{.budget = 10, .with_levers = 5, .without_levers = 11}.fits_without()));
}

TEST(SoloTimesTest, OnlyStagesWithoutOthersBesideThemTeach) {
  History history;
  history.jobs = like_jobs(4);
  history.stages = {span_of(1, Stage::kDenoise, 0, 10), span_of(2, Stage::kDenoise, 10, 22),
                    span_of(3, Stage::kDenoise, 21, 60, "cpu:1"), span_of(4, Stage::kDecode, 50, 51)};
  const SoloTimes solo(history);
  EXPECT_EQ(solo.seconds(history.stages[2]), 10) << "job 2 overlaps with 3, on another device";
  EXPECT_EQ(solo.seconds(history.stages[3]), std::nullopt) << "it lies within 3";
}

TEST(SoloTimesTest, WhatRanAloneTookWhatItTook) {
  History history;
  history.jobs = like_jobs(3);
  history.stages = {span_of(1, Stage::kDenoise, 0, 10), span_of(2, Stage::kDenoise, 10, 24),
                    span_of(3, Stage::kDenoise, 24, 40), span_of(4, Stage::kLoad, 30, 31)};
  EXPECT_EQ(SoloTimes(history).seconds(history.stages[1]), 14);
  EXPECT_EQ(SoloTimes(history).seconds(history.stages[2]), 12) << "the median of the others";
}

/// Spans of several jobs, devices and stages at any times.
std::vector<StageSpan> any_spans() {
  using namespace rc;
  std::vector<StageSpan> spans;
  for (int i = *gen::inRange(1, 25); i > 0; --i) {
    const double start = *gen::inRange(-100, 1100), length = *gen::inRange(1, 300);
    const JobId job = *gen::inRange(1, 6);  // on one device at a time, as all jobs are
    spans.push_back(span_of(job, kStages[*gen::inRange<std::size_t>(0, 6)].stage, start, start + length,
                            job % 2 == 0 ? "cpu:0" : "cpu:1"));
  }
  std::ranges::stable_sort(spans, {}, &StageSpan::start);
  return spans;
}

RC_GTEST_PROP(SpeedUpProperty, TheFactorsMultiplyToTheSpeedUp, ()) {
  History history;
  history.jobs = like_jobs(6);
  history.stages = any_spans();
  const SpeedUp speed = speed_up(history, kBatch);
  RC_PRE(speed.busy > 0);
  double product = 1;
  for (std::size_t i = 0; i < kFactors.size(); ++i) product *= speed.factor(static_cast<Factor>(i));
  RC_ASSERT(std::abs(product / speed.measured() - 1) < 1e-9);
  RC_ASSERT(speed.factor(Factor::kMemory) > 0 && speed.devices <= speed.clips + 1e-9);
}

}  // namespace
}  // namespace clipmill
