#include "core/room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace clipmill {
namespace {

using testing::HasSubstr;

/// Clips take what they take.
struct AFloor : NoEstimates {
  std::int64_t bytes = 0;
  std::int64_t floor(const JobSpec&, const DeviceSpec&) override { return bytes; }
};

const std::vector<DeviceSpec> kDevices = {{.name = "cuda:0", .bytes = std::int64_t{4} << 30},
                                          {.name = "cuda:1", .bytes = std::int64_t{80} << 30, .lanes = 0}};

std::string refusal(const std::vector<JobSpec>& jobs, AFloor estimates) {
  try {
    check_room(jobs, kDevices, estimates);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
}

TEST(Room, WhatAsksForMoreThanADeviceHasIsRefused) {
  std::vector<JobSpec> jobs(2);
  jobs[1].output = "b.mp4";
  jobs[1].command.memory_bytes = std::int64_t{4} << 30;
  EXPECT_EQ(refusal(jobs, {}), "");
  jobs[1].command.memory_bytes = std::int64_t{40} << 30;
  EXPECT_THAT(refusal(jobs, {}), HasSubstr("b.mp4 asks for 40.0 GiB of memory, and the largest device"))
      << "the larger one decodes only";
}

TEST(Room, WhatFitsUnderNoPlanIsRefused) {
  std::vector<JobSpec> jobs(1);
  jobs[0].output = "a.mp4";
  AFloor estimates;
  estimates.bytes = kDevices[0].bytes;
  EXPECT_EQ(refusal(jobs, estimates), "");
  ++estimates.bytes;
  EXPECT_THAT(refusal(jobs, estimates), HasSubstr("a.mp4 needs 4.0 GiB of device memory under the smallest"));
  EXPECT_THAT(refusal(jobs, estimates), HasSubstr("(4294967297 bytes)")) << "which 4.0 GiB are not";
}

TEST(Room, OnlyWhatHelpsIsAdvised) {
  JobSpec job;
  const auto halved_by_bf16 = [](const JobSpec& of) -> std::int64_t {
    return of.clip.precision == Precision::kBf16 ? 6 << 20 : 12 << 20;
  };
  EXPECT_THAT(
      lacks_room(job, halved_by_bf16, {.name = "cpu:0", .bytes = 1 << 20}),
      testing::AllOf(HasSubstr("precision = \"bf16\" needs 6.0 MiB"), testing::Not(HasSubstr("int8"))));
}

// A GPU that is not there has none; its worker will say so.
TEST(Room, ADeviceOfUnknownMemoryRefusesNothing) {
  const std::vector<DeviceSpec> unknown = {{.name = "cuda:9", .bytes = 0}};
  EXPECT_EQ(largest_device(unknown), nullptr);
}

}  // namespace
}  // namespace clipmill
