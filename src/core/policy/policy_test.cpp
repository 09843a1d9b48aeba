#include "core/policy/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace clipmill {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

WaitingJob clip(JobId id, int priority, double seconds, std::int64_t gib, double submitted = 0) {
  return {.id = id, .priority = priority, .submitted = submitted, .demand = {0, seconds, 0, gib * kGiB}};
}

double key(const Policy& policy, const WaitingJob& job, double now = 0) {
  return policy.key(job, {.now = now, .aging_seconds = 600, .bytes = 48 * kGiB, .devices = 4});
}

TEST(Policies, AreFoundByNameAndASlipIsMended) {
  for (const Policy* policy : policies()) EXPECT_EQ(&find_policy(policy->name), policy);
  try {
    find_policy("wieghted");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.hint(), testing::HasSubstr("\"weighted\""));
  }
}

TEST(Policies, AFactorForEveryPriority) {
  EXPECT_EQ(priority_factor(4), 4);
  EXPECT_EQ(priority_factor(1), 1);
  EXPECT_EQ(priority_factor(0), 0.5);
  EXPECT_EQ(priority_factor(-1), 1.0 / 3);
}

TEST(Policies, FollowTheirFormulas) {
  EXPECT_DOUBLE_EQ(key(kWeighted, clip(1, 2, 90, 30)), 90.0 / 30 * 2);
  EXPECT_DOUBLE_EQ(key(kWeighted, clip(1, 2, 90, 30), 600), 90.0 / 30 * 2 * 2)
      << "after τ the weight has doubled";
  EXPECT_DOUBLE_EQ(key(kAging, clip(1, 3, 90, 30, 100), 400), 3 * 1.5);
  EXPECT_DOUBLE_EQ(key(kMakespan, clip(1, 1, 90, 24)), 90 * 0.5)
      << "half of the memory is more than a quarter of the devices";
  EXPECT_DOUBLE_EQ(key(kMakespan, clip(1, 1, 90, 6)), 90 * 0.25);
  EXPECT_DOUBLE_EQ(key(kCompletion, clip(1, 3, 90, 24)), 3 / 45.0);
  EXPECT_GT(key(kFifo, clip(1, 0, 1, 1, 5)), key(kFifo, clip(2, 9, 1, 1, 6)));
}

TEST(Policies, FairGivesAHeadStartThatTheLongestWaitBounds) {
  const Conditions busy{.now = 400, .longest_wait = 1000, .bytes = 48 * kGiB};
  EXPECT_NEAR(kFair.key(clip(1, 1, 60, 30, 100), busy), 300, 0.001);
  EXPECT_NEAR(kFair.key(clip(1, 4, 60, 30, 100), busy), 300 + 1000, 0.001);
  EXPECT_NEAR(kFair.key(clip(1, 2, 60, 30, 100), busy), 300 + 500, 0.001);
  EXPECT_NEAR(kFair.key(clip(1, 1, 15, 30, 100), busy), 300 + 500, 0.001) << "a quarter of L an octave";
  EXPECT_NEAR(kFair.key(clip(1, 1, 1e9, 30, 100), busy), 300 - 1500, 0.001) << "six octaves at most";
  EXPECT_LT(kFair.key(clip(1, 0, 60, 30, 100), busy), 300);
  EXPECT_GT(key(kFair, clip(1, 2, 90, 30)), key(kFair, clip(1, 1, 90, 30)))
      << "before anybody has waited, too";
  EXPECT_GT(kFair.gap_key(clip(1, 1, 90, 40), busy), kFair.gap_key(clip(1, 1, 90, 20), busy));
}

TEST(Policies, NobodyGoesBeforeWhoHasWaitedLongerThanTheLongestLately) {
  const Conditions busy{.now = 2000, .longest_wait = 1000, .bytes = 48 * kGiB};
  EXPECT_GT(kFair.key(clip(1, 0, 1e9, 30, 700), busy), kFair.key(clip(2, 16, 1, 30, 1999), busy));
  EXPECT_LT(kFair.key(clip(1, 0, 1e9, 30, 1300), busy), kFair.key(clip(2, 16, 1, 30, 1999), busy));
}

TEST(Policies, TheEarliestDeadlineComesFirstAndNoneLast) {
  WaitingJob soon = clip(1, 0, 1, 1), late = soon, never = soon;
  soon.deadline = 100, late.deadline = 200;
  EXPECT_GT(key(kDeadline, soon), key(kDeadline, late));
  EXPECT_GT(key(kDeadline, late), key(kDeadline, never));
  EXPECT_LT(kDeadline.group(late, {}), kDeadline.group(never, {}));
}

/// What FittingQueue relies on: within a group the order tells whose key is larger, at any time.
TEST(Policies, OrderWithinAGroupAgreesWithTheKey) {
  const Conditions start{.bytes = 48 * kGiB, .devices = 4};
  for (const Policy* policy : policies()) {
    for (const double now : {100.0, 5000.0}) {
      for (int i = 0; i < 400; ++i) {
        const auto some = [&](int salt) {
          return clip(i, (i * salt) % 4, 10 + (i * 7 * salt) % 90, 1 + i * salt % 40, i * salt % 100);
        };
        const WaitingJob a = some(1), b = some(3);
        if (policy->group(a, start) != policy->group(b, start)) continue;
        if (policy->order(a, start) >= policy->order(b, start)) continue;
        const double slack = policy == &kWeighted ? std::exp2(1.0 / 8) : 1;  // its groups are 9 % wide
        EXPECT_GE(key(*policy, a, now) * (key(*policy, a, now) > 0 ? slack : 1), key(*policy, b, now))
            << policy->name;
      }
    }
  }
}

}  // namespace
}  // namespace clipmill
