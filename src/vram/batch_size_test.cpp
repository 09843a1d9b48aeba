#include "vram/batch_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace clipmill {
namespace {

using Bytes = std::function<std::int64_t(std::int64_t)>;

BatchSize search(const Bytes& bytes, std::int64_t budget, BatchLimits limits) {
  return find_batch_size(
      [&](std::int64_t n) {
        return BatchProbe{.size = n, .fits = bytes(n) <= budget, .bytes = bytes(n), .seconds = 1};
      },
      limits);
}

bool was_probed(const BatchSize& found, std::int64_t size, bool fits) {
  return std::any_of(found.probes.begin(), found.probes.end(),
                     [&](const BatchProbe& probe) { return probe.size == size && probe.fits == fits; });
}

std::size_t allowed(std::int64_t n) {
  return n == 0 ? 2 : static_cast<std::size_t>(2 * std::log2(static_cast<double>(n)) + 2 + 1e-9);
}

TEST(FindBatchSize, NotEvenOne) {
  const BatchSize found = search([](std::int64_t n) { return n; }, 0, {});
  EXPECT_EQ(found.largest, 0);
  EXPECT_EQ(found.fastest, 0);
  EXPECT_EQ(found.probes.size(), 2u);
  EXPECT_FALSE(found.bytes);
}

TEST(FindBatchSize, StopsAtTheLimit) {
  const BatchSize found = search([](std::int64_t n) { return n; }, 1000, {.largest = 11, .budget = 1000});
  EXPECT_EQ(found.largest, 11);
  EXPECT_FALSE(was_probed(found, 12, false));
}

/// Every size up to 600, and a line that holds: exact, and cheaper over all of them than bisection.
TEST(FindBatchSize, ALineIsFollowed) {
  const Bytes line = [](std::int64_t n) { return 5000 + 37 * n; };
  std::size_t with = 0, without = 0;
  for (std::int64_t n = 1; n <= 600; ++n) {
    const std::int64_t budget = line(n) + 20;
    const BatchSize found = search(line, budget, {.budget = budget});
    ASSERT_EQ(found.largest, n);
    ASSERT_LE(found.probes.size(), allowed(n));
    with += found.probes.size();
    without += search(line, budget, {}).probes.size();
  }
  EXPECT_LT(2 * with, without + 600);
}

TEST(FindBatchSize, ALineMakesLargeSizesCheap) {
  const Bytes line = [](std::int64_t n) { return 5000 + 37 * n; };
  const auto probes = [&](std::int64_t n) {
    return search(line, line(n), {.budget = line(n)}).probes.size();
  };
  EXPECT_EQ(probes(100), 6u);
  EXPECT_LE(probes(100000), 9u);
  EXPECT_EQ(search(line, line(100), {}).probes.size(), 13u);
}

TEST(FindBatchSize, FitsTheLine) {
  const BatchSize found = search([](std::int64_t n) { return 5000 + 37 * n; }, 9000, {.budget = 9000});
  ASSERT_TRUE(found.bytes);
  EXPECT_DOUBLE_EQ(found.bytes->fixed, 5000);
  EXPECT_DOUBLE_EQ(found.bytes->per_item, 37);
}

TEST(FindBatchSize, TheKneeIsWhereMoreItemsNoLongerPay) {
  const auto probe = [](std::int64_t n) {
    const auto size = static_cast<double>(n);
    return BatchProbe{.size = n, .fits = n <= 100, .bytes = n, .seconds = std::max(size, 8.0)};
  };
  const BatchSize found = find_batch_size(probe, {});
  EXPECT_EQ(found.largest, 100);
  EXPECT_EQ(found.fastest, 8);
}

TEST(FindBatchSize, RefusesALimitWithoutSizes) {
  EXPECT_THROW(search([](std::int64_t n) { return n; }, 1, {.largest = 0}), Error);
}

/// Steps, noise and kinks: memory that only ever grows, in jumps nobody can foresee, against any budget.
RC_GTEST_PROP(FindBatchSizeProperty, IsExactWithinTheBoundForAnyMemory, ()) {
  const auto steps = *rc::gen::container<std::vector<int>>(
      *rc::gen::inRange(1, 700),
      rc::gen::weightedOneOf<int>(
          {{6, rc::gen::just(40)}, {2, rc::gen::inRange(0, 80)}, {1, rc::gen::inRange(0, 5000)}}));
  std::vector<std::int64_t> bytes = {*rc::gen::inRange<std::int64_t>(0, 4000)};
  for (const int step : steps) bytes.push_back(bytes.back() + step);
  const auto most = static_cast<std::int64_t>(steps.size());
  const std::int64_t budget = *rc::gen::inRange<std::int64_t>(0, bytes.back() + 50);
  const BatchLimits limits = {
      .largest = most, .budget = *rc::gen::elementOf(std::vector<std::int64_t>{budget, 0, budget * 2})};
  std::int64_t expected = 0;
  while (expected < most && bytes[static_cast<std::size_t>(expected + 1)] <= budget) ++expected;

  const BatchSize found =
      search([&](std::int64_t n) { return bytes[static_cast<std::size_t>(n)]; }, budget, limits);
  RC_ASSERT(found.largest == expected);
  RC_ASSERT(found.probes.size() <= allowed(expected));
  RC_ASSERT(expected == 0 || was_probed(found, expected, true));
  RC_ASSERT(expected == most || was_probed(found, expected + 1, false));
}

/// Lines that stop being one at any point: the worst that a prediction can meet.
RC_GTEST_PROP(FindBatchSizeProperty, ALineThatBreaksCostsNoMore, ()) {
  const std::int64_t bend = *rc::gen::inRange<std::int64_t>(1, 5000),
                     end = *rc::gen::inRange<std::int64_t>(1, 5000);
  const std::int64_t after = *rc::gen::elementOf(std::vector<std::int64_t>{1, 500, 100000}), budget = 1000000;
  const std::int64_t base = budget - 10 * end;
  const auto bytes = [&](std::int64_t n) { return base + 10 * n + (n > bend ? (n - bend) * after : 0); };
  std::int64_t expected = end;
  while (expected > 0 && bytes(expected) > budget) --expected;
  const BatchSize found = search(bytes, budget, {.budget = budget});
  RC_ASSERT(found.largest == expected);
  RC_ASSERT(found.probes.size() <= allowed(expected));
}

}  // namespace
}  // namespace clipmill
