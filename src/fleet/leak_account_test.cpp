#include "fleet/leak_account.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

/// After `jobs`, each of which leaves so much.
LeakAccount after(int jobs, std::int64_t device, std::int64_t host) {
  LeakAccount account(100 * kMiB);
  for (int i = 0; i < jobs; ++i) account.add(MemorySampled{i * device, i * host});
  return account;
}

TEST(LeakAccount, LeaksAddUp) {
  LeakAccount account(100);
  account.add(LeakFound{60, "a tensor"});
  EXPECT_FALSE(account.too_much());
  account.add(LeakFound{60, "a tensor"});
  EXPECT_TRUE(account.too_much());
}

TEST(LeakAccount, GrowthCountsWhereNoLeakWasTold) {
  EXPECT_TRUE(after(48, 3 * kMiB, 0).too_much()) << "the device";
  EXPECT_TRUE(after(48, 0, 8 * kMiB).too_much()) << "the host";
  EXPECT_FALSE(after(48, kMiB, kMiB).too_much()) << "48 MiB are within both limits";
  EXPECT_FALSE(after(20, 100 * kMiB, 0).too_much()) << "too few jobs to tell growth";
}

TEST(LeakAccount, SlowGrowthCountsFromTheBeginningOn) {
  EXPECT_TRUE(after(2400, 0, kMiB / 8).too_much()) << "150 MiB of the last 1200 jobs, 300 in all";
}

TEST(LeakAccount, AStepIsNoGrowth) {
  LeakAccount account(100 * kMiB);
  for (int i = 0; i < 96; ++i) account.add(MemorySampled{i < 50 ? 0 : 1000 * kMiB, 0});
  EXPECT_FALSE(account.too_much());
}

}  // namespace
}  // namespace clipmill
