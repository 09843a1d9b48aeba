#include "core/circle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <numeric>

namespace clipmill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Needs = std::map<JobId, std::vector<JobId>>;

std::vector<JobId> circle_in(const Needs& needs, std::vector<JobId> from) {
  return find_circle(from, [&](JobId job) {
    const auto found = needs.find(job);
    return found == needs.end() ? std::vector<JobId>() : found->second;
  });
}

TEST(Circle, IsNamedInTheOrderOfItsNeeds) {
  EXPECT_THAT(circle_in({{1, {2, 3}}, {3, {4}}, {4, {5}}, {5, {3}}}, {1}), ElementsAre(3, 4, 5));
  EXPECT_THAT(circle_in({{7, {7}}}, {7}), ElementsAre(7));
}

TEST(Circle, ManyWaysToOneJobAreNone) {
  EXPECT_THAT(circle_in({{1, {2, 3}}, {2, {4}}, {3, {4}}, {4, {}}}, {1, 2, 3, 4}), IsEmpty());
}

TEST(Circle, AChainMayBeLong) {
  Needs chain;
  for (JobId job = 1; job < 200'000; ++job) chain[job] = {job + 1};
  EXPECT_THAT(circle_in(chain, {1}), IsEmpty());
  chain[200'000] = {1};
  EXPECT_EQ(circle_in(chain, {1}).size(), 200'000u);
}

/// Kahn's algorithm: takes away who needs nobody that is left.
bool has_circle(Needs needs) {
  for (bool changed = true; changed;) {
    changed = std::erase_if(needs, [&](const auto& each) {
                return std::ranges::none_of(each.second, [&](JobId job) { return needs.contains(job); });
              }) > 0;
  }
  return !needs.empty();
}

RC_GTEST_PROP(Circle, IsFoundWhereThereIsOne, ()) {
  const auto pairs = *rc::gen::container<std::vector<std::pair<JobId, JobId>>>(
      rc::gen::pair(rc::gen::inRange<JobId>(0, 12), rc::gen::inRange<JobId>(0, 12)));
  Needs needs;
  for (const auto& [job, needed] : pairs) needs[job].push_back(needed);
  std::vector<JobId> all(12);
  std::iota(all.begin(), all.end(), 0);
  const auto circle = circle_in(needs, all);
  RC_ASSERT(circle.empty() != has_circle(needs));
  for (std::size_t i = 0; i < circle.size(); ++i)
    RC_ASSERT(std::ranges::count(needs[circle[i]], circle[(i + 1) % circle.size()]) > 0);
}

}  // namespace
}  // namespace clipmill
