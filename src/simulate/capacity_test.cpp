#include "simulate/capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clipmill {
namespace {

const DeviceSpec kKind{.bytes = 48, .speed = 2, .lanes = 1};

Workload equal_clips(int count, double seconds) {
  Workload workload{{}, {""}};
  for (int i = 0; i < count; ++i)
    workload.jobs.push_back({.seconds = seconds, .expected = seconds, .bytes = 40, .priority = 1});
  return workload;
}

TEST(Capacity, TheSmallestNumberThatIsReadyInTime) {
  // 100 clips of 30 s: within 100 s a device makes 3, within 29 s none.
  EXPECT_EQ(devices_needed(equal_clips(100, 60), kMakespan, kKind, {}, 100).devices, 34);
  EXPECT_EQ(devices_needed(equal_clips(100, 60), kMakespan, kKind, {}, 30).devices, 100);
  EXPECT_EQ(devices_needed(equal_clips(100, 60), kMakespan, kKind, {}, 1e6).devices, 1);
  EXPECT_EQ(devices_needed(equal_clips(100, 60), kMakespan, kKind, {}, 100).finish, 90);
}

TEST(Capacity, SaysWhyNoNumberIsEnough) {
  const CapacityAnswer late = devices_needed(equal_clips(4, 60), kFair, kKind, {}, 29);
  EXPECT_FALSE(late.devices);
  EXPECT_THAT(late.reason, testing::HasSubstr("takes 30"));
  Workload large = equal_clips(2, 1);
  large.jobs[1].bytes = 50;
  EXPECT_THAT(devices_needed(large, kFair, kKind, {}, 99).reason, testing::HasSubstr("needs 50 B"));
  SimulationOptions failing;
  failing.fleet.outages = {.mean_between = 20, .repair = 1e6};
  const CapacityAnswer never = devices_needed(equal_clips(6, 200), kFair, kKind, failing, 110);
  EXPECT_FALSE(never.devices);
  EXPECT_THAT(never.reason, testing::HasSubstr("even 6 devices"));
}

}  // namespace
}  // namespace clipmill
