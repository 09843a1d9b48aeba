#include "schedule/search_plan.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/error.h"
#include "schedule/list_rule.h"
#include "schedule/lower_bound.h"
#include "schedule/testing/brute_force.h"
#include "schedule/testing/makespan_instances.h"

namespace clipmill::schedule {
namespace {

constexpr double kForever = 1e9;

Plan search(const Instance& instance, std::int64_t steps, std::uint64_t seed = 1) {
  return search_plan(instance, {.seconds = kForever, .steps = steps, .seed = seed}, VirtualClock());
}

/// Of any class, with times and demands as fractions now and then.
Instance any_instance(int most_tasks) {
  const auto& classes = test::instance_classes();
  const auto kind = *rc::gen::inRange<std::size_t>(0, classes.size());
  Instance instance = test::make_instance(classes[kind], *rc::gen::inRange(1, most_tasks),
                                          *rc::gen::arbitrary<std::uint64_t>());
  const double unit = *rc::gen::element(1.0, 0.1, 1.0 / 3);
  instance.capacity *= unit;
  for (Task& task : instance.tasks) task = {task.time * unit, task.demand * unit};
  return instance;
}

RC_GTEST_PROP(SearchPlan, NeverOverCommitsAndNeverBeatsItsBound, ()) {
  const Instance instance = any_instance(60);
  const auto broken = violation(instance, search(instance, 200));
  RC_ASSERT(!broken);
}

RC_GTEST_PROP(SearchPlan, IsNeverWorseThanAListRule, ()) {
  const Instance instance = any_instance(40);
  const Plan plan = search(instance, 16);
  for (const ListRule* rule : list_rules()) {
    const Plan listed = list_plan(instance, *rule);
    RC_ASSERT(!violation(instance, listed));
    RC_ASSERT(plan.makespan <= listed.makespan * (1 + 1e-9));
  }
}

TEST(SearchPlan, FindsTheOptimumOfTinyInstances) {
  for (const auto& kind : test::instance_classes()) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const Instance instance = test::make_instance(kind, 3 + static_cast<int>(seed % 5), seed);
      const Problem problem(instance);
      const double optimum = problem.seconds(test::best_makespan(problem));
      EXPECT_DOUBLE_EQ(search(instance, 3000).makespan, optimum) << kind.name << " seed " << seed;
      EXPECT_LE(lower_bound(instance), optimum) << kind.name << " seed " << seed;
    }
  }
}

TEST(SearchPlan, IsTheSameForASeed) {
  const Instance instance = test::make_instance(test::instance_classes()[3], 60, 5);
  EXPECT_EQ(search(instance, 500, 7).start, search(instance, 500, 7).start);
  EXPECT_NE(search(instance, 500, 7).start, search(instance, 500, 8).start);
}

TEST(SearchPlan, EndsWhenItsTimeIsOver) {
  class Ticking : public VirtualClock {
   public:
    double now() const override { return ++reads; }
    mutable int reads = 0;
  } clock;
  const Instance instance = test::make_instance(test::instance_classes()[3], 30, 5);
  search_plan(instance, {.seconds = 10}, clock);
  EXPECT_EQ(clock.reads, 11);
  const Plan at_once = search_plan(instance, {.seconds = 0}, clock);
  EXPECT_EQ(violation(instance, at_once), std::nullopt);
}

TEST(SearchPlan, OfNothingIsEmpty) {
  const Plan plan = search({.machines = 2, .capacity = 5}, 100);
  EXPECT_EQ(plan.makespan, 0);
  EXPECT_TRUE(plan.start.empty());
}

TEST(SearchPlan, TakesTasksThatNeedNothing) {
  const Instance instance{.machines = 2, .capacity = 0, .tasks = {{3, 0}, {0, 0}, {4, 0}, {5, 0}}};
  const Plan plan = search(instance, 1000);
  EXPECT_EQ(violation(instance, plan), std::nullopt);
  EXPECT_EQ(plan.makespan, 7);
}

TEST(SearchPlan, RefusesATaskThatFitsNowhere) {
  EXPECT_THROW(search({.machines = 1, .capacity = 5, .tasks = {{1, 6}}}, 1), Error);
}

}  // namespace
}  // namespace clipmill::schedule
