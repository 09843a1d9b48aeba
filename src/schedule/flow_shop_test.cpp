#include "schedule/flow_shop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "schedule/iterated_greedy.h"
#include "schedule/random.h"
#include "schedule/testing/taillard.h"

namespace clipmill::schedule {
namespace {

FlowShop random_shop(int jobs, int stages, std::uint64_t seed) {
  Random random(seed);
  FlowShop shop{jobs, stages, {}};
  for (int i = 0; i < jobs * stages; ++i) shop.time.push_back(random.between(0, 20));
  return shop;
}

Time brute_force(const FlowShop& shop) {
  std::vector<int> order(static_cast<std::size_t>(shop.jobs));
  std::iota(order.begin(), order.end(), 0);
  Time best = INT64_MAX;
  do best = std::min(best, makespan(shop, order));
  while (std::ranges::next_permutation(order).found);
  return best;
}

TEST(Taillard, MakesHisPublishedInstance) {
  const FlowShop ta001 = test::make_flow_shop(test::kTaillard[0]);
  const std::vector<Time> first_machine = {54, 83, 15, 71, 77, 36, 53, 38, 27, 87,
                                           76, 91, 14, 29, 12, 77, 32, 87, 68, 94};
  for (int job = 0; job < 20; ++job)
    EXPECT_EQ(ta001.at(job, 0), first_machine[static_cast<std::size_t>(job)]);
}

TEST(Taillard, HasHisPublishedLowerBoundsAndNothingBeatsTheBestKnown) {
  const std::vector<Time> published = {1232, 1290, 1073, 1268, 1198, 1180, 1226, 1170, 1206, 1082};
  for (std::size_t i = 0; i < published.size(); ++i) {
    const FlowShop shop = test::make_flow_shop(test::kTaillard[i]);
    EXPECT_EQ(lower_bound(shop), published[i]) << i;
    EXPECT_GE(neh(shop).makespan, test::kTaillard[i].best_known) << i;
  }
}

TEST(FlowShop, EqualJobsTakeOneFillAndThenTheSlowestStage) {
  const std::vector<double> stages = {3, 7, 2};
  const FlowShop shop{4, 3, {3, 7, 2, 3, 7, 2, 3, 7, 2, 3, 7, 2}};
  EXPECT_EQ(equal_jobs_makespan(stages, 4), 12 + 3 * 7);
  EXPECT_EQ(makespan(shop, std::vector<int>{0, 1, 2, 3}), 12 + 3 * 7);
  EXPECT_EQ(equal_jobs_makespan(stages, 0), 0);
}

TEST(FlowShop, JohnsonIsOptimalForTwoStages) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const FlowShop shop = random_shop(6, 2, seed);
    EXPECT_EQ(makespan(shop, johnson_order(shop)), brute_force(shop)) << seed;
  }
  EXPECT_THROW(johnson_order(random_shop(3, 3, 1)), Error);
}

TEST(FlowShop, IteratedGreedyFindsTheOptimumOfTinyShops) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const FlowShop shop = random_shop(6, 3 + static_cast<int>(seed % 3), seed);
    const Time optimum = brute_force(shop);
    const FlowShopPlan plan =
        iterated_greedy(shop, {.seconds = 1, .steps = 300, .seed = seed}, VirtualClock());
    EXPECT_EQ(plan.makespan, optimum) << seed;
    EXPECT_EQ(makespan(shop, plan.order), plan.makespan) << seed;
    EXPECT_LE(lower_bound(shop), optimum) << seed;
    EXPECT_GE(neh(shop).makespan, optimum) << seed;
  }
}

TEST(FlowShop, OneJobOrNone) {
  EXPECT_EQ(iterated_greedy({1, 2, {3, 4}}, {}, VirtualClock()).makespan, 7);
  EXPECT_EQ(iterated_greedy({0, 2, {}}, {}, VirtualClock()).makespan, 0);
}

}  // namespace
}  // namespace clipmill::schedule
