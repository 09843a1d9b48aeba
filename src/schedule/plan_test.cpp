#include "schedule/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clipmill::schedule {
namespace {

const Instance kTwoLanes{.machines = 2, .capacity = 10, .tasks = {{4, 6}, {4, 5}, {2, 4}}};

TEST(Plan, MayTouchEndToEnd) { EXPECT_EQ(violation(kTwoLanes, {{0, 4, 2}, {0, 0, 1}, 8, 6}), std::nullopt); }

TEST(Plan, ViolationsAreNamed) {
  EXPECT_THAT(*violation(kTwoLanes, {{0, 3, 0}, {0, 1, 1}, 7, 0}), "tasks 1, 2 demand 11 of 10 at 3");
  EXPECT_THAT(*violation(kTwoLanes, {{0, 4, 2}, {0, 0, 0}, 8, 0}),
              "tasks 1 and 3 are both on machine 0 at 2");
  EXPECT_THAT(*violation(kTwoLanes, {{0, 4, 2}, {0, 2, 1}, 8, 0}), "task 2 runs on machine 2 of 2");
  EXPECT_THAT(*violation(kTwoLanes, {{-1, 4, 2}, {0, 0, 1}, 8, 0}), "task 1 starts at -1");
  EXPECT_THAT(*violation(kTwoLanes, {{0, 4, 2}, {0, 0, 1}, 7, 0}),
              "the makespan is given as 7, but the last task ends at 8");
  EXPECT_THAT(*violation(kTwoLanes, {{0, 4, 2}, {0, 0, 1}, 8, 9}),
              "the lower bound 9 is above the makespan 8");
  EXPECT_THAT(*violation(kTwoLanes, {{0, 4}, {0, 0, 1}, 8, 0}), "2 starts and 3 machines for 3 tasks");
}

}  // namespace
}  // namespace clipmill::schedule
