#include "core/device_table.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

/// cpu:0 with 100 bytes, a main lane, and one for decoding.
class DeviceTableTest : public testing::Test {
 protected:
  static Demand takes(std::int64_t bytes, Part part = Part::kWhole) { return {.bytes = bytes, .part = part}; }
  Wait wait(const Demand& first) const { return table_.wait_of(0, &first); }

  DeviceTable table_{{{.name = "cpu:0", .bytes = 100, .lanes = 1, .decode_lanes = 1}}};
};

TEST_F(DeviceTableTest, ADeviceWaitsForNothingWhereNothingWaits) {
  EXPECT_EQ(table_.wait_of(0, nullptr), Wait::kNothing);
}

TEST_F(DeviceTableTest, WhatFitsWaitsForSomethingElse) { EXPECT_EQ(wait(takes(100)), Wait::kWork); }

TEST_F(DeviceTableTest, WhatDoesNotFitBesideOthersWaitsForMemory) {
  table_.start(1, 0, takes(60, Part::kDecode), 0);
  EXPECT_EQ(wait(takes(41)), Wait::kMemory);
  EXPECT_EQ(wait(takes(40)), Wait::kWork);
  table_.set_foreign_bytes(0, 90);
  EXPECT_EQ(wait(takes(40)), Wait::kMemory) << "others hold it";
}

TEST_F(DeviceTableTest, WithoutALaneMemoryIsNotTheReason) {
  table_.start(1, 0, takes(60), 0);
  EXPECT_EQ(wait(takes(41)), Wait::kWork);
  EXPECT_EQ(wait(takes(41, Part::kDecode)), Wait::kMemory);
}

}  // namespace
}  // namespace clipmill
