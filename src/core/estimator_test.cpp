#include "core/estimator.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "core/out_of_memory.h"

namespace clipmill {
namespace {

const StageKey kHere{"models/a", "cuda:0", "bf16", Stage::kDenoise};

Measurement measurement(const StageKey& key, double amount, double seconds, double bytes = 1000,
                        std::int64_t peak = 1000) {
  return {key, {}, {amount, bytes}, seconds, peak};
}

StageKey elsewhere(const std::string& model, const std::string& device, const std::string& plan = "bf16") {
  return {model, device, plan, Stage::kDenoise};
}

TEST(Estimator, TakesTheNearestMeasurementsThereAre) {
  Estimator estimator;
  const auto seconds = [&] { return estimator.estimate(kHere, {10, 1000}).seconds; };
  const auto basis = [&] { return estimator.estimate(kHere, {10, 1000}).basis; };
  EXPECT_EQ(basis(), Basis::kNone);
  estimator.add(measurement(elsewhere("models/b", "cuda:1", "fp32"), 10, 80));
  EXPECT_EQ(basis(), Basis::kStage);
  EXPECT_DOUBLE_EQ(seconds(), 80);
  estimator.add(measurement(elsewhere("models/b", "cuda:0"), 10, 40));
  EXPECT_EQ(basis(), Basis::kDevice);
  EXPECT_DOUBLE_EQ(seconds(), 40);
  estimator.add(measurement(elsewhere("models/a", "cuda:1"), 10, 20));
  EXPECT_EQ(basis(), Basis::kModel);
  EXPECT_DOUBLE_EQ(seconds(), 20);
  estimator.add(measurement(kHere, 10, 5));
  EXPECT_EQ(basis(), Basis::kSame);
  EXPECT_DOUBLE_EQ(seconds(), 5);
}

TEST(Estimator, AnotherStageOrKindOfDeviceTellsNothing) {
  Estimator estimator;
  estimator.add(measurement(elsewhere("models/a", "cpu:0"), 10, 5));
  StageKey decode = kHere;
  decode.stage = Stage::kDecode;
  estimator.add(measurement(decode, 10, 5));
  EXPECT_EQ(estimator.estimate(kHere, {10, 1000}).basis, Basis::kNone);
}

// Else a clip that ran whole within its budget would run in pieces from the second time on.
TEST(Estimator, OnACpuWhatWasMeasuredReservesNoMoreThanWhatWasNot) {
  const StageKey cpu{"models/a", "cpu:0", "fp32", Stage::kDenoise};
  Estimator estimator;
  const auto reservation = [&] { return estimator.estimate(cpu, {1, 1000}).reservation; };
  EXPECT_EQ(reservation(), 1020);
  estimator.add(measurement(cpu, 1, 1, 1000, 1000));
  EXPECT_NEAR(static_cast<double>(reservation()), 1020, 1);
  StageKey other = cpu;
  other.device = "cpu:1";
  EXPECT_NEAR(static_cast<double>(estimator.estimate(other, {1, 1000}).reservation), 1020, 1);
  other.plan = "fp32, released", other.model = "models/b";
  EXPECT_EQ(estimator.estimate(other, {1, 1000}).reservation, 1020) << "of another plan, by analysis";
}

TEST(Estimator, FewMeasurementsAndLargerWorkReserveATenthMore) {
  Estimator estimator;
  estimator.add(measurement(kHere, 1, 1, 1000, 2000));
  EXPECT_NEAR(static_cast<double>(estimator.estimate(kHere, {1, 1000}).reservation), 2200, 1);
  for (int i = 0; i < 98; ++i) estimator.add(measurement(kHere, 1, 1, 1000, 2000));
  EXPECT_EQ(estimator.estimate(kHere, {1, 1000}).reservation, 2000);
  EXPECT_NEAR(static_cast<double>(estimator.estimate(kHere, {1, 2000}).reservation), 4400, 1);
}

TEST(Estimator, AfterOutOfMemoryReservesTwiceForThatWorkAndMore) {
  Estimator estimator;
  estimator.add(measurement(kHere, 1, 1, 1000, 1000));
  estimator.add(OutOfMemory{kHere, {}, {1, 2000}, 5000});
  EXPECT_LT(estimator.estimate(kHere, {1, 1999}).reservation, 5000);
  EXPECT_EQ(estimator.estimate(kHere, {1, 2000}).reservation, 10'000);
  EXPECT_EQ(estimator.estimate(kHere, {1, 2500}).reservation, 10'000);
  estimator.add(measurement(kHere, 1, 1, 1500, 1));
  EXPECT_EQ(estimator.estimate(kHere, {1, 2000}).reservation, 10'000) << "less work has run";
  for (int i = 0; i < 300; ++i) estimator.add(measurement(kHere, 1, 1, 2000, 1));
  EXPECT_GT(estimator.estimate(kHere, {1, 2000}).reservation, 5000) << "never the same again";
  EXPECT_LT(estimator.estimate(kHere, {1, 2000}).reservation, 6000);
}

TEST(AfterOutOfMemory, TwiceThenTheWholeDeviceThenAnotherPlan) {
  EXPECT_EQ(after_out_of_memory(10, 100), 20);
  EXPECT_EQ(after_out_of_memory(60, 100), 100);
  EXPECT_EQ(after_out_of_memory(100, 100), std::nullopt);
  EXPECT_EQ(after_out_of_memory(0, 100), 1);
}

RC_GTEST_PROP(AfterOutOfMemoryProperty, GrowsAndEnds, (std::int64_t reserved, std::int64_t total)) {
  reserved = std::abs(reserved % (std::int64_t{1} << 62)), total = std::abs(total % (std::int64_t{1} << 62));
  int tries = 0;
  while (const auto next = after_out_of_memory(reserved, total)) {
    RC_ASSERT(*next > reserved && *next <= total);
    RC_ASSERT(*next == total || *next >= 2 * reserved);
    reserved = *next;
    RC_ASSERT(++tries < 66);
  }
}

rc::Gen<Measurement> any_measurement() {
  return rc::gen::apply(
      [](int model, int device, int amount, int seconds, std::int64_t peak) {
        const double outlier = seconds % 13 == 0 ? 1e6 : 1;
        return measurement({model ? "a" : "b", device ? "cuda:0" : "cuda:1", "bf16", Stage::kDenoise}, amount,
                           seconds * 0.01 * outlier, amount * 3.5, peak);
      },
      rc::gen::inRange(0, 2), rc::gen::inRange(0, 2), rc::gen::inRange(0, 1000), rc::gen::inRange(0, 1000),
      rc::gen::inRange<std::int64_t>(0, 10'000));
}

RC_GTEST_PROP(EstimatorProperty, FiniteAndGrowsWithTheWork, ()) {
  Estimator estimator;
  for (const Measurement& m : *rc::gen::container<std::vector<Measurement>>(any_measurement())) {
    estimator.add(m);
    if (m.peak_bytes % 11 == 0) estimator.add(OutOfMemory{m.key, {}, m.work, m.peak_bytes});
  }
  const StageKey key = (*any_measurement()).key;
  StageEstimate previous;
  for (double amount = 0; amount < 3000; amount += 131) {
    const StageEstimate now = estimator.estimate(key, {amount, amount * 3.5});
    RC_ASSERT(std::isfinite(now.seconds) && std::isfinite(now.seconds_p90));
    RC_ASSERT(now.seconds >= previous.seconds && now.seconds_p90 >= now.seconds);
    RC_ASSERT(now.bytes >= previous.bytes && now.reservation >= now.bytes);
    RC_ASSERT(now.reservation >= previous.reservation);
    previous = now;
  }
}

}  // namespace
}  // namespace clipmill
