#include "core/room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace clipmill {
namespace {

TEST(Room, WhatNoDeviceHasIsRefused) {
  const std::vector<DeviceSpec> devices = {{.name = "cuda:0", .bytes = std::int64_t{4} << 30},
                                           {.name = "cuda:1", .bytes = std::int64_t{80} << 30, .lanes = 0}};
  std::vector<JobSpec> jobs(2);
  jobs[1].output = "b.mp4";
  jobs[1].command.memory_bytes = std::int64_t{4} << 30;
  EXPECT_NO_THROW(check_room(jobs, devices));
  jobs[1].command.memory_bytes = std::int64_t{40} << 30;
  try {
    check_room(jobs, devices);
    FAIL() << "the larger one decodes only";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(),
                testing::HasSubstr("b.mp4 asks for 40.0 GiB of memory, and the largest device"));
  }
}

}  // namespace
}  // namespace clipmill
