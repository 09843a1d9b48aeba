#include "schedule/list_schedule.h"

#include <gtest/gtest.h>

#include "schedule/list_rule.h"

namespace clipmill::schedule {
namespace {

// Of 10: a long task of 6, one of 5 that has to wait, and a small one that fits beside the first.
const Instance kBlocked{.machines = 3, .capacity = 10, .tasks = {{8, 6}, {4, 5}, {3, 4}}};

TEST(ListSchedule, InOrderAllWaitForTheFirst) {
  EXPECT_EQ(start_in_order(Problem(kBlocked), {0, 1, 2}).start, (std::vector<Time>{0, 8, 8}));
}

TEST(ListSchedule, WhatFitsMaySkip) {
  EXPECT_EQ(start_what_fits(Problem(kBlocked), {0, 1, 2}).start, (std::vector<Time>{0, 8, 0}));
}

TEST(ListSchedule, WhatFitsNeedsAMachineToo) {
  const Instance instance{.machines = 1, .capacity = 10, .tasks = {{2, 1}, {3, 1}, {1, 1}}};
  EXPECT_EQ(start_what_fits(Problem(instance), {2, 0, 1}).start, (std::vector<Time>{1, 3, 0}));
}

TEST(ListRule, OrdersByItsFormula) {
  const Instance instance{.machines = 4, .capacity = 10, .tasks = {{8, 8}, {3, 1}, {2, 0}, {20, 2}}};
  EXPECT_EQ(order_by(kGuide, instance), (std::vector<int>{2, 3, 1, 0}));        // ∞, 10, 3, 1
  EXPECT_EQ(order_by(kLargestArea, instance), (std::vector<int>{0, 3, 1, 2}));  // 6.4, 5, 0.75, 0.5
}

}  // namespace
}  // namespace clipmill::schedule
