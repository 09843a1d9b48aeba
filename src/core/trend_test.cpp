#include "core/trend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace clipmill {
namespace {

TEST(Trend, OfALineIsTheLine) {
  const std::vector<double> line = {1, 4, 7, 10, 13, 16, 19, 22};
  const Trend trend = trend_of(line);
  EXPECT_EQ(trend.slope, 3);
  EXPECT_EQ(trend.low, 3);
  EXPECT_EQ(trend.high, 3);
  // S = 28, var = 8·7·21/18, z = 27/√65.33 = 3.3404
  EXPECT_NEAR(trend.p_rising, 4.183e-4, 1e-6);
}

TEST(Trend, TiesLowerTheVariance) {
  const std::vector<double> steps = {1, 1, 2, 2, 3, 3};
  // S = 12, var = (6·5·17 − 3·2·1·9)/18 = 25.33, z = 11/5.0332 = 2.1855
  EXPECT_NEAR(trend_of(steps).p_rising, 0.01442, 1e-4);
}

TEST(Trend, OfAConstantAFallOrTooLittleIsNone) {
  EXPECT_EQ(trend_of(std::vector<double>(20, 7.0)).p_rising, 1);
  EXPECT_GT(trend_of(std::vector<double>{9, 8, 7, 6, 5, 4, 3}).p_rising, 0.99);
  EXPECT_EQ(trend_of(std::vector<double>{1, 2}).p_rising, 1);
}

TEST(Trend, OneWildValueDoesNotMoveIt) {
  std::vector<double> line;
  for (int i = 0; i < 20; ++i) line.push_back(2 * i);
  line[4] = 1e9;
  EXPECT_NEAR(trend_of(line).slope, 2, 0.5);
}

/// How many of 1,000 series without a trend, each value φ times the one before plus noise, have p < 0.05.
int false_alarms(double phi) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  int below = 0;
  for (int trial = 0; trial < 1000; ++trial) {
    std::vector<double> series(100);
    double before = normal(random) / std::sqrt(1 - phi * phi);
    for (double& value : series) value = before = phi * before + normal(random);
    below += trend_of(series).p_rising < 0.05;
  }
  return below;
}

TEST(Trend, FalseAlarmsAreAsRareAsPSays) {
  EXPECT_LT(false_alarms(0), 70);
  EXPECT_GT(false_alarms(0), 30);
}

/// Hamed and Rao's variance takes most of the dependence away, not all: with the variance of independent
/// values it would be 208.
TEST(Trend, DependenceMakesFewMore) { EXPECT_LT(false_alarms(0.6), 150); }

/// Sen's interval holds the true slope about 19 times out of 20.
TEST(Trend, TheIntervalHoldsTheSlope) {
  std::mt19937_64 random(2);
  std::normal_distribution<double> normal;
  int held = 0;
  for (int trial = 0; trial < 500; ++trial) {
    std::vector<double> series;
    for (int i = 0; i < 60; ++i) series.push_back(0.05 * i + normal(random));
    const Trend trend = trend_of(series);
    held += trend.low <= 0.05 && 0.05 <= trend.high;
  }
  EXPECT_GE(held, 460);
}

}  // namespace
}  // namespace clipmill
