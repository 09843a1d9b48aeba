#include "serve/quota.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/error.h"

namespace clipmill {
namespace {

TEST(Quota, IsOfTheLastHour) {
  const Client client{.name = "a", .hourly = 3};
  Quota quota;
  EXPECT_EQ(quota.take(client, 2, 100), 0);
  EXPECT_EQ(quota.take(client, 1, 200), 0);
  EXPECT_EQ(quota.take(client, 1, 300), 3400) << "the first two leave at 3700";
  EXPECT_EQ(quota.take(client, 3, 300), 3500) << "the third leaves at 3800";
  EXPECT_EQ(quota.take(client, 2, 3700), 0);
  EXPECT_THROW(quota.take(client, 4, 1e6), Error);
}

TEST(Quota, IsEachClientsOwn) {
  Quota quota;
  EXPECT_EQ(quota.take({.name = "a", .hourly = 1}, 1, 0), 0);
  EXPECT_EQ(quota.take({.name = "b", .hourly = 1}, 1, 0), 0);
  EXPECT_GT(quota.take({.name = "a", .hourly = 1}, 1, 0), 0);
  EXPECT_EQ(quota.take({.name = "c"}, 1000, 0), 0) << "without one, any number";
}

RC_GTEST_PROP(QuotaProperty, WhoWaitsAsLongAsToldMay, (const std::vector<unsigned char>& pauses)) {
  const Client client{.name = "a", .hourly = 3};
  Quota quota;
  double now = 0;
  for (const unsigned char pause : pauses) {
    now += pause * 20;
    const double wait = quota.take(client, 1 + pause % 3, now);
    RC_ASSERT(wait >= 0);
    if (wait > 0) RC_ASSERT(quota.take(client, 1 + pause % 3, now += wait) == 0);
  }
}

}  // namespace
}  // namespace clipmill
