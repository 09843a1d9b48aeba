#include "core/growth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace clipmill {
namespace {

using Random = std::mt19937_64;

double uniform(Random& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

double normal(Random& random) { return std::normal_distribution<double>()(random); }

struct CleanKind {
  const char* name;
  void (*add)(std::vector<double>&, Random&);
};

// Each adds what a healthy program may do to its memory over some jobs; sizes in bytes.
void add_nothing(std::vector<double>&, Random&) {}

void add_noise(std::vector<double>& series, Random& random) {
  const double size = std::exp(uniform(random, 0, 16));
  for (double& bytes : series) bytes += size * normal(random);
}

/// Each value depends on the one before.
void add_slow_noise(std::vector<double>& series, Random& random) {
  const double size = std::exp(uniform(random, 5, 14)), phi = uniform(random, 0.2, 0.8);
  double state = 0;
  for (double& bytes : series) bytes += state = phi * state + size * normal(random);
}

/// Some values are far out.
void add_heavy_tails(std::vector<double>& series, Random& random) {
  std::cauchy_distribution<double> wild(0, std::exp(uniform(random, 3, 12)));
  for (double& bytes : series) bytes += wild(random);
}

void add_warm_up(std::vector<double>& series, Random& random) {
  const auto jobs = static_cast<std::size_t>(uniform(random, 1, static_cast<double>(series.size()) / 4));
  const double slope = std::exp(uniform(random, 5, 18));
  for (std::size_t i = 0; i < series.size(); ++i) series[i] += slope * static_cast<double>(std::min(i, jobs));
  add_noise(series, random);
}

/// Up to three caches are made at any time, and stay.
void add_steps(std::vector<double>& series, Random& random) {
  const auto steps = static_cast<int>(uniform(random, 1, 4));
  for (int step = 0; step < steps; ++step) {
    const double size = std::exp(uniform(random, 6, 20));
    for (auto i = static_cast<std::size_t>(uniform(random, 0, 1) * static_cast<double>(series.size()));
         i < series.size(); ++i)
      series[i] += size;
  }
}

void add_noisy_steps(std::vector<double>& series, Random& random) {
  add_steps(series, random);
  add_noise(series, random);
}

/// Grows and is emptied, at least twice after warming up.
void add_sawtooth(std::vector<double>& series, Random& random) {
  const double period = uniform(random, 3, 0.3 * static_cast<double>(series.size()));
  const double phase = uniform(random, 0, period), size = std::exp(uniform(random, 5, 18));
  for (std::size_t i = 0; i < series.size(); ++i)
    series[i] += size * std::fmod(static_cast<double>(i) + phase, period);
}

/// A cache that fills the slower the fuller it is: after a third of the jobs 63 % full at most.
void add_filling_cache(std::vector<double>& series, Random& random) {
  const double jobs = uniform(random, 0.02, 0.3) * static_cast<double>(series.size());
  const double size = std::exp(uniform(random, 8, 22));
  for (std::size_t i = 0; i < series.size(); ++i)
    series[i] += size * (1 - std::exp(-static_cast<double>(i) / jobs));
}

/// Memory goes back to the system page by page.
void round_to_pages(std::vector<double>& series, Random& random) {
  add_slow_noise(series, random);
  for (double& bytes : series) bytes = 4096 * std::round(bytes / 4096);
}

void add_decline(std::vector<double>& series, Random& random) {
  const double slope = std::exp(uniform(random, 3, 12));
  for (std::size_t i = 0; i < series.size(); ++i) series[i] -= slope * static_cast<double>(i);
  add_noise(series, random);
}

constexpr CleanKind kCleanKinds[] = {
    {"constant", add_nothing},        {"noise", add_noise},       {"slow noise", add_slow_noise},
    {"heavy tails", add_heavy_tails}, {"warm-up", add_warm_up},   {"steps", add_steps},
    {"noisy steps", add_noisy_steps}, {"sawtooth", add_sawtooth}, {"a cache fills", add_filling_cache},
    {"pages", round_to_pages},        {"decline", add_decline},
};

std::vector<double> clean(const CleanKind& kind, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> series(static_cast<std::size_t>(uniform(random, 24, 400)), 5e8);
  kind.add(series, random);
  return series;
}

TEST(Growth, NoFalseAlarmInAThousandCleanSeries) {
  int series = 0;
  for (const CleanKind& kind : kCleanKinds) {
    for (std::uint64_t seed = 0; seed < 100; ++seed, ++series) {
      const Growth growth = assess_growth(clean(kind, seed));
      EXPECT_EQ(growth.verdict, GrowthVerdict::kNone)
          << kind.name << ", seed " << seed << ": " << growth.bytes_per_job;
    }
  }
  EXPECT_GE(series, 1000);
}

/// `rate` bytes a job among noise of a standard deviation of `noise` bytes, after a warm-up of 10 MB.
std::vector<double> leaking(std::size_t jobs, double rate, double noise, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> series;
  for (std::size_t i = 0; i < jobs; ++i)
    series.push_back((i < 3 ? 0 : 1e7) + rate * static_cast<double>(i) + noise * normal(random));
  return series;
}

TEST(Growth, ExactGrowthIsFoundInFewJobs) {
  const Growth growth = assess_growth(leaking(24, 64, 0, 0));
  EXPECT_NE(growth.verdict, GrowthVerdict::kNone);
  EXPECT_EQ(growth.bytes_per_job, 64);
  EXPECT_EQ(assess_growth(leaking(60, 64, 0, 0)).verdict, GrowthVerdict::kCertain);
}

TEST(Growth, FewerJobsThanNeededAreNoGround) {
  EXPECT_EQ(assess_growth(leaking(23, 1e6, 0, 0)).verdict, GrowthVerdict::kNone);
}

TEST(Growth, AFewHundredBytesAJobAreFoundInNoiseOfKilobytes) {
  int certain = 0, found = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Growth growth = assess_growth(leaking(300, 300, 5000, seed));
    certain += growth.verdict == GrowthVerdict::kCertain;
    found += growth.verdict != GrowthVerdict::kNone;
    if (growth.verdict != GrowthVerdict::kNone) {
      EXPECT_NEAR(growth.bytes_per_job, 300, 60) << seed;
      EXPECT_GT(growth.low, 0) << seed;
      EXPECT_GT(growth.confidence, 0.999) << seed;
    }
  }
  EXPECT_GE(certain, 95);
  EXPECT_GE(found, 98);
}

/// The process's memory as the system counts it rises by a page now and then.
TEST(Growth, IsFoundBehindPages) {
  std::vector<double> series = leaking(300, 300, 0, 0);
  for (double& bytes : series) bytes = 4096 * std::floor(bytes / 4096);
  EXPECT_EQ(assess_growth(series).verdict, GrowthVerdict::kCertain);
}

TEST(Growth, OnlyTheLastJobsCount) {
  std::vector<double> series = leaking(1000, 1000, 10, 0);
  series.insert(series.end(), 600, series.back());
  EXPECT_EQ(assess_growth(series).verdict, GrowthVerdict::kNone);
}

}  // namespace
}  // namespace clipmill
