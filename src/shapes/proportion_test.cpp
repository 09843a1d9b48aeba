#include "shapes/proportion.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace clipmill::shapes {
namespace {

TEST(Proportion, CountsWhatIsRight) {
  Proportion proportion;
  for (const bool right : {true, false, true, true}) proportion.add(right);
  EXPECT_EQ(proportion.right, 3);
  EXPECT_EQ(proportion.count, 4);
  EXPECT_EQ(proportion.rate(), 0.75);
}

TEST(Proportion, OfNothingCouldBeAnything) {
  EXPECT_EQ(Proportion().rate(), 0);
  EXPECT_EQ(Proportion().interval().low, 0);
  EXPECT_EQ(Proportion().interval().high, 1);
}

// Known values of the Wilson score interval (Newcombe 1998, method 3).
TEST(Interval, IsWilsons) {
  const auto expect = [](int right, int count, double low, double high) {
    const Interval interval = Proportion{right, count}.interval();
    EXPECT_NEAR(interval.low, low, 5e-5) << right << "/" << count;
    EXPECT_NEAR(interval.high, high, 5e-5) << right << "/" << count;
  };
  expect(81, 263, 0.2553, 0.3662);
  expect(15, 148, 0.0624, 0.1605);
  expect(0, 20, 0.0, 0.1611);
  expect(1, 29, 0.0061, 0.1718);
}

/// Its ends are where the score test just rejects: |p − q| = z √(q (1 − q) / n).
RC_GTEST_PROP(Interval, EndsWhereTheTestRejects, ()) {
  const int count = *rc::gen::inRange(1, 2000), right = *rc::gen::inRange(0, count + 1);
  const Proportion proportion{right, count};
  const Interval interval = proportion.interval();
  RC_ASSERT(0 <= interval.low && interval.low <= proportion.rate() + 1e-12);
  RC_ASSERT(proportion.rate() - 1e-12 <= interval.high && interval.high <= 1);
  for (const double end : {interval.low, interval.high}) {
    if (end < 1e-12 || end > 1 - 1e-12) continue;
    RC_ASSERT(std::abs(std::abs(proportion.rate() - end) - 1.959964 * std::sqrt(end * (1 - end) / count)) <
              1e-6);
  }
}

}  // namespace
}  // namespace clipmill::shapes
