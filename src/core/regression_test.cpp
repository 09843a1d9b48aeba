#include "core/regression.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace clipmill {
namespace {

TEST(Regression, FindsALineExactly) {
  Regression line;
  for (const double x : {10.0, 20.0, 40.0, 80.0, 90.0, 100.0, 300.0}) line.add(x, 5 + 2 * x);
  EXPECT_NEAR(line.at(1000), 2005, 1e-6);
  EXPECT_NEAR(line.upper(1000), 2005, 1e-6);
}

TEST(Regression, TheFirstMeasurementGivesARate) {
  Regression line;
  line.add(10, 30);
  EXPECT_DOUBLE_EQ(line.at(20), 60);
}

TEST(Regression, OneWildMeasurementOfTenMovesNothing) {
  Regression line;
  for (int x = 1; x <= 9; ++x) line.add(x, 3 + 2 * x);
  line.add(10, 1e6);
  EXPECT_NEAR(line.at(20), 43, 4);
  EXPECT_GE(line.upper(10), 1e6);
}

TEST(Regression, MoreWorkNeverTakesLess) {
  Regression line;
  line.add(10, 100);
  line.add(20, 50);
  line.add(30, 10);
  EXPECT_GE(line.at(30), line.at(10));
}

TEST(Regression, QuantilesCoverTheNextMeasurement) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> noise(0, 0.3);
  Regression line;
  int below = 0;
  constexpr int kNext = 2000;
  for (int i = 0; i < 150 + kNext; ++i) {
    const double x = 1 + i % 17, y = x * noise(random);
    if (i >= 150) below += y <= line.quantile(x, 0.9);
    line.add(x, y);
  }
  EXPECT_NEAR(below, 0.9 * kNext, 0.03 * kNext);
}

TEST(Regression, TooFewMeasurementsForAQuantileGiveMoreThanTheLargest) {
  Regression line;
  line.add(10, 10);
  EXPECT_DOUBLE_EQ(line.quantile(10, 0.9), 15);
}

TEST(Regression, WhatIsNoMeasurementIsIgnored) {
  Regression line;
  for (const double bad : {-1.0, std::nan(""), std::numeric_limits<double>::infinity(), 1e300}) {
    line.add(1, bad);
    line.add(bad, 1);
  }
  EXPECT_EQ(line.size(), 0u);
  EXPECT_EQ(line.at(5), 0);
  EXPECT_EQ(line.quantile(5, 0.9), 0);
}

/// Zeros, ties, tiny and huge values beside ordinary ones.
rc::Gen<double> measured_value() {
  return rc::gen::oneOf(rc::gen::element(0.0, 1e-320, 1e-29, 1.0, 1e29, 1e30),
                        rc::gen::map(rc::gen::inRange(0, 1'000'000), [](int n) { return n * 0.37; }));
}

RC_GTEST_PROP(RegressionProperty, FiniteGrowingAndAboveWhatWasSeen, ()) {
  Regression line(*rc::gen::arbitrary<bool>());
  const auto points = *rc::gen::container<std::vector<std::pair<double, double>>>(
      rc::gen::pair(measured_value(), measured_value()));
  for (const auto& [x, y] : points) line.add(x, y);
  auto places = *rc::gen::container<std::vector<double>>(measured_value());
  std::ranges::sort(places);
  double previous = 0, previous_upper = 0, previous_p90 = 0;
  for (const double x : places) {
    const double at = line.at(x), p50 = line.quantile(x, 0.5), p90 = line.quantile(x, 0.9),
                 upper = line.upper(x);
    RC_ASSERT(std::isfinite(at) && std::isfinite(p50) && std::isfinite(p90) && std::isfinite(upper));
    RC_ASSERT(at >= previous && upper >= previous_upper && p90 >= previous_p90 && p90 >= p50 && p50 >= 0);
    previous = at, previous_upper = upper, previous_p90 = p90;
  }
  for (const auto& [x, y] : points) RC_ASSERT(line.upper(x) >= y * (1 - 1e-12));
}

}  // namespace
}  // namespace clipmill
