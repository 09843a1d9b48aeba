#include "core/forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace clipmill {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

WaitingJob waiting_job(JobId id, double seconds, std::int64_t bytes) {
  return {.id = id, .demand = {.seconds = seconds, .bytes = bytes}};
}

auto starts(JobId job, int device, double at) {
  return testing::AllOf(Field(&ExpectedStart::job, job), Field(&ExpectedStart::device, device),
                        Field(&ExpectedStart::at, at));
}

TEST(Forecast, JobsStartWhenThoseBeforeThemEnd) {
  Scheduler scheduler(kFifo, {}, {{.name = "a", .bytes = 10}, {.name = "b", .bytes = 5}});
  scheduler.add(waiting_job(1, 10, 5), 0);
  ASSERT_TRUE(scheduler.next(0));  // runs already
  scheduler.add(waiting_job(2, 3, 5), 0);
  scheduler.add(waiting_job(3, 2, 10), 0);
  scheduler.add(waiting_job(4, 5, 5), 0);
  const auto expected = forecast(scheduler, 0, 100);
  EXPECT_THAT(expected, SizeIs(3));
  EXPECT_EQ(scheduler.waiting(), 3u) << "the scheduler itself is left as it was";
  const auto large = std::ranges::find(expected, 3, &ExpectedStart::job);
  ASSERT_NE(large, expected.end());
  EXPECT_EQ(large->device, 0) << "where it fits";
}

TEST(Forecast, OneDeviceOneAfterTheOther) {
  Scheduler scheduler(kFifo, {}, {{.name = "a", .bytes = 10}});
  for (JobId id = 1; id <= 3; ++id) scheduler.add(waiting_job(id, 10, 8), 0);
  EXPECT_THAT(forecast(scheduler, 5, 100), ElementsAre(starts(1, 0, 5), starts(2, 0, 15), starts(3, 0, 25)));
  EXPECT_THAT(forecast(scheduler, 5, 2), SizeIs(2));
}

TEST(Forecast, WhatFitsNowhereIsNotExpected) {
  Scheduler scheduler(kFifo, {}, {{.name = "a", .bytes = 10}});
  scheduler.add(waiting_job(1, 10, 11), 0);
  EXPECT_THAT(forecast(scheduler, 0, 100), IsEmpty());
}

}  // namespace
}  // namespace clipmill
