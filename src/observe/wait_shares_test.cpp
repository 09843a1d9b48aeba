#include "observe/wait_shares.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

constexpr std::size_t kInteractiveIndex = 0, kBatchIndex = 1;

TEST(WaitShares, SumTimesOfEachClass) {
  WaitShares shares(100);
  shares.ended({JobClass::kInteractive, 1, 9}, 0);
  shares.ended({JobClass::kInteractive, 0, 90}, 10);
  shares.ended({JobClass::kBatch, 30, 10}, 10);
  const auto now = shares.at(20, {});
  EXPECT_DOUBLE_EQ(now[kInteractiveIndex].value(), 0.01);
  EXPECT_DOUBLE_EQ(now[kBatchIndex].value(), 0.75);
}

TEST(WaitShares, WhatEndedLongAgoCountsNoMore) {
  WaitShares shares(100);
  shares.ended({JobClass::kInteractive, 9, 1}, 0);
  shares.ended({JobClass::kInteractive, 0, 1}, 50);
  EXPECT_DOUBLE_EQ(shares.at(100, {})[kInteractiveIndex].value(), 9.0 / 11);
  EXPECT_DOUBLE_EQ(shares.at(101, {})[kInteractiveIndex].value(), 0);
  EXPECT_FALSE(shares.at(151, {})[kInteractiveIndex]);
}

TEST(WaitShares, AJobThatDoesNotStartCounts) {
  WaitShares shares(100);
  const JobTimes waits{JobClass::kInteractive, 30, 10};
  EXPECT_DOUBLE_EQ(shares.at(0, {&waits, 1})[kInteractiveIndex].value(), 0.75);
  EXPECT_FALSE(shares.at(0, {&waits, 1})[kBatchIndex]);
}

}  // namespace
}  // namespace clipmill
