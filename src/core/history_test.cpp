#include "core/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clipmill {
namespace {

using testing::ElementsAre;
using testing::Field;

TEST(History, WhatRunsNowIsAddedUnlessItHasEndedMeanwhile) {
  History past;
  past.attempts = {{7, 3, "cpu:0", 100, 0, ""}};
  past.stages = {{3, 7, "cpu:0", Stage::kEncodeText, 100, 101, 1, 0, "", "done"},
                 {3, 7, "cpu:0", Stage::kDenoise, 101, 105, 4, 0, "", "done"}};
  History open;
  open.stages = {{0, 7, "cpu:0", Stage::kDenoise, 101, 0, 3, 0, "", ""},
                 {0, 7, "cpu:0", Stage::kDecode, 105, 0, 1, 0, "", ""}};
  add_open(past, open);
  EXPECT_THAT(past.stages, ElementsAre(Field(&StageSpan::end, 101), Field(&StageSpan::end, 105),
                                       Field(&StageSpan::end, 0)));
  EXPECT_EQ(past.stages.back().job, 3);
}

TEST(History, AWaitEndsWhereTheDevicesNextOneBegins) {
  History past, open;
  past.waits = {
      {"cpu:0", Wait::kWork, 100, 0}, {"cpu:1", Wait::kWork, 101, 0}, {"cpu:0", Wait::kMemory, 103, 0}};
  open.waits = {{"cpu:0", Wait::kMemory, 103, 0}, {"cpu:0", Wait::kWork, 104, 0}};
  add_open(past, open);
  EXPECT_THAT(past.waits, ElementsAre(Field(&WaitSpan::end, 103), Field(&WaitSpan::end, 0),
                                      Field(&WaitSpan::end, 104), Field(&WaitSpan::end, 0)));
}

TEST(History, WithNobodyThereItEndsWhereItWasLastHeardOf) {
  History past;
  past.attempts = {{1, 1, "cpu:0", 90, 99, "done"}, {2, 2, "cpu:0", 100, 0, ""}};
  past.waits = {{"cpu:0", Wait::kWork, 95, 0}, {"cpu:1", Wait::kOff, 96, 0}};
  end_at(past, 110);
  add_open(past, {});
  EXPECT_EQ(past.attempts[0].outcome, "done");
  EXPECT_EQ(past.attempts[1].outcome, "interrupted");
  EXPECT_EQ(past.attempts[1].end, 110);
  ASSERT_EQ(past.waits.size(), 3U);
  EXPECT_EQ(past.waits[2].why, Wait::kOff);
  EXPECT_EQ(past.waits[2].start, 110);
}

}  // namespace
}  // namespace clipmill
