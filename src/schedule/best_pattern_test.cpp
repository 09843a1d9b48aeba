#include "schedule/best_pattern.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "schedule/lower_bound.h"
#include "schedule/pattern_bound.h"
#include "schedule/testing/brute_force.h"
#include "schedule/testing/makespan_instances.h"

namespace clipmill::schedule {
namespace {

Instance tiny_instance(int most_tasks) {
  const auto& classes = test::instance_classes();
  const auto kind = *rc::gen::inRange<std::size_t>(0, classes.size());
  Instance instance = test::make_instance(classes[kind], *rc::gen::inRange(1, most_tasks),
                                          *rc::gen::arbitrary<std::uint64_t>());
  for (auto& task : instance.tasks) {
    if (*rc::gen::inRange(0, 4) == 0) task.demand = 0;
  }
  return instance;
}

/// Of all 2^n sets of tasks.
std::int64_t most_worth_of_sets(const Problem& problem, const std::vector<std::int64_t>& price_of_task) {
  std::int64_t best = 0;
  for (unsigned set = 0; set < 1u << problem.tasks(); ++set) {
    std::int64_t machines = 0, amount = 0, worth = 0;
    for (int task = 0; task < problem.tasks(); ++task) {
      if (!(set >> task & 1)) continue;
      ++machines;
      amount += amount_of(problem.need[task]);
      worth += price_of_task[static_cast<std::size_t>(task)];
    }
    if (machines <= machines_of(problem.capacity) && amount <= amount_of(problem.capacity))
      best = std::max(best, worth);
  }
  return best;
}

RC_GTEST_PROP(BestPattern, IsTheBestOfAllSets, ()) {
  const Problem problem(tiny_instance(11));
  const auto classes = demand_classes(problem);
  std::vector<std::int64_t> prices, price_of_task;
  for (std::size_t c = 0; c < classes.size(); ++c) prices.push_back(*rc::gen::inRange(0, 1000));
  for (const Resources need : problem.need) {
    const auto found = std::ranges::find(classes, amount_of(need), &DemandClass::demand);
    price_of_task.push_back(prices[static_cast<std::size_t>(found - classes.begin())]);
  }
  const Pattern pattern = best_pattern(problem, classes, prices);
  RC_ASSERT(pattern.is_best);
  RC_ASSERT(pattern.worth == most_worth_of_sets(problem, price_of_task));
}

RC_GTEST_PROP(PatternBound, IsBetweenTheOtherBoundAndTheOptimum, ()) {
  const Problem problem(tiny_instance(7));
  const Time other = lower_bound(problem);
  const Time bound = pattern_bound(problem, other, [] { return false; });
  RC_ASSERT(bound >= other);
  RC_ASSERT(bound <= test::best_makespan(problem));
}

TEST(PatternBound, SeesWhatAreasDoNot) {
  // Three tasks of 0.4 V, of which two fit at once: 31 / 2, where their area says 31 · 0.4.
  const Problem problem(Instance{.machines = 3, .capacity = 10, .tasks = {{10, 4}, {10, 4}, {11, 4}}});
  EXPECT_EQ(area_bound(problem), 13);
  EXPECT_EQ(pattern_bound(problem, 13, [] { return false; }), 16);
}

TEST(PatternBound, StopsWhenTold) {
  const Problem problem(test::make_instance(test::instance_classes()[1], 16, 1));
  EXPECT_EQ(pattern_bound(problem, 3, [] { return true; }), 3);
}

}  // namespace
}  // namespace clipmill::schedule
