#include "observe/device_time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace clipmill {
namespace {

constexpr Window kHour{1'000'000, 1'003'600};

StageSpan stage_span(Stage stage, double start, double end, const std::string& device = "cpu:0") {
  return {1, 1, device, stage, start == 0 ? 0 : kHour.start + start, end == 0 ? 0 : kHour.start + end};
}
WaitSpan wait_span(Wait why, double start, double end) {
  return {"cpu:0", why, kHour.start + start, end == 0 ? 0 : kHour.start + end};
}
DeviceTime only(const History& history) {
  const auto times = device_times(history, kHour);
  EXPECT_EQ(times.size(), 1u);
  return times.at(0);
}
double in(const DeviceTime& time, Stage stage) { return time.stages[static_cast<std::size_t>(stage)]; }
double in(const DeviceTime& time, Idle idle) { return time.idle[static_cast<std::size_t>(idle)]; }

TEST(DeviceTimeTest, StagesAndGapsOfOneClip) {
  History history;
  history.stages = {stage_span(Stage::kLoad, 10, 20), stage_span(Stage::kDenoise, 20, 60),
                    stage_span(Stage::kDecode, 62, 70), stage_span(Stage::kRender, 62, 71),
                    stage_span(Stage::kEncodeVideo, 62, 75)};
  history.attempts = {{1, 1, "cpu:0", kHour.start + 8, kHour.start + 76, "done"}};
  history.waits = {wait_span(Wait::kWork, 5, 8), wait_span(Wait::kNothing, 8, 0)};
  const DeviceTime time = only(history);
  EXPECT_DOUBLE_EQ(in(time, Stage::kLoad), 10);
  EXPECT_DOUBLE_EQ(in(time, Stage::kDenoise), 40);
  EXPECT_DOUBLE_EQ(in(time, Stage::kDecode), 8);
  EXPECT_DOUBLE_EQ(in(time, Stage::kRender), 0);
  EXPECT_DOUBLE_EQ(in(time, Idle::kFrames), 5);
  EXPECT_DOUBLE_EQ(in(time, Idle::kBetween), 2 + 2 + 1);
  EXPECT_DOUBLE_EQ(in(time, Idle::kWork), 3);
  EXPECT_DOUBLE_EQ(in(time, Idle::kOff), 5);
  EXPECT_DOUBLE_EQ(in(time, Idle::kNothing), 3600 - 76);
  EXPECT_DOUBLE_EQ(time.total(), 3600);
}

TEST(DeviceTimeTest, StagesThatRunAtOnceShareTheTime) {
  History history;
  history.stages = {stage_span(Stage::kDenoise, 0.5, 100), stage_span(Stage::kDecode, 40, 60)};
  const DeviceTime time = only(history);
  EXPECT_DOUBLE_EQ(in(time, Stage::kDenoise), 99.5 - 10);
  EXPECT_DOUBLE_EQ(in(time, Stage::kDecode), 10);
  EXPECT_DOUBLE_EQ(time.overlapped, 20);
}

TEST(DeviceTimeTest, MemoryIsAReasonToBeIdleAndHoldsBackBesideWork) {
  History history;
  history.stages = {stage_span(Stage::kDenoise, 10, 30)};
  history.waits = {wait_span(Wait::kMemory, 1, 40), wait_span(Wait::kNothing, 40, 0)};
  const DeviceTime time = only(history);
  EXPECT_DOUBLE_EQ(time.held_back, 20);
  EXPECT_DOUBLE_EQ(in(time, Idle::kMemory), 9 + 10);
}

TEST(DeviceTimeTest, WhatReachesOverTheWindowIsCutAndWhatRunsGoesOn) {
  History history;
  history.stages = {{1, 1, "cpu:0", Stage::kDenoise, kHour.start - 50, kHour.start + 100},
                    {2, 2, "cpu:0", Stage::kDecode, kHour.start + 3500, 0},
                    {3, 3, "cpu:0", Stage::kLoad, kHour.start - 9, kHour.start - 1}};
  const DeviceTime time = only(history);
  EXPECT_DOUBLE_EQ(in(time, Stage::kDenoise), 100);
  EXPECT_DOUBLE_EQ(in(time, Stage::kDecode), 100);
  EXPECT_DOUBLE_EQ(in(time, Stage::kLoad), 0);
}

TEST(DeviceTimeTest, ADeviceThatDidNothingIsThere) {
  History history;
  history.budgets = {{"cpu:1", 1}};
  EXPECT_DOUBLE_EQ(in(only(history), Idle::kOff), 3600);
}

/// Spans of any length in and around the window, on two devices.
History any_history() {
  using namespace rc;
  const auto time = gen::map(gen::inRange(-2000, 6000), [](int tenth) { return kHour.start + tenth * 0.7; });
  const auto device = gen::element<std::string>("cpu:0", "cpu:1");
  History history;
  for (int i = *gen::inRange(0, 30); i > 0; --i) {
    const double start = *time, length = *gen::inRange(0, 900);
    const double end = *gen::weightedElement<int>({{9, 1}, {1, 0}}) ? start + length : 0;
    history.stages.push_back(
        {i, i, *device, kStages[*gen::inRange<std::size_t>(0, kStages.size())].stage, start, end});
    history.attempts.push_back({i, i, *device, *time, *time, ""});
    history.waits.push_back(
        {*device, static_cast<Wait>(*gen::inRange(0, 4)), *time, *gen::element(0.0, kHour.end)});
  }
  return history;
}

RC_GTEST_PROP(DeviceTimeProperty, ThePartsAddUpToTheWindow, ()) {
  const History history = any_history();
  for (const DeviceTime& time : device_times(history, kHour)) {
    RC_ASSERT(std::abs(time.total() - kHour.seconds()) < 1e-6);
    for (const double part : time.stages) RC_ASSERT(part >= 0);
    for (const double part : time.idle) RC_ASSERT(part >= 0);
    RC_ASSERT(time.overlapped <= kHour.seconds());
  }
}

}  // namespace
}  // namespace clipmill
