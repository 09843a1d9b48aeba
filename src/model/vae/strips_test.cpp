#include "model/vae/strips.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "model/vae/striped_decoder.h"

namespace clipmill {
namespace {

TEST(Strips, HaveTheHaloThatTheMapHas) {
  EXPECT_EQ(split_rows(16, 2, 3), (std::vector<Strip>{{0, 8, {0, 3}}, {8, 8, {3, 0}}}));
  EXPECT_EQ(split_rows(6, 3, 3), (std::vector<Strip>{{0, 2, {0, 3}}, {2, 2, {2, 2}}, {4, 2, {3, 0}}}));
  EXPECT_EQ(split_rows(1, 4, 3), (std::vector<Strip>{{0, 1, {0, 0}}}));
}

RC_GTEST_PROP(Strips, CoverEachRowOnceAndNeverMoreThanTheMap, ()) {
  const auto rows = *rc::gen::inRange<std::int64_t>(1, 200), strips = *rc::gen::inRange<std::int64_t>(1, 40),
             halo = *rc::gen::inRange<std::int64_t>(0, 12);
  std::int64_t next = 0;
  for (const Strip& strip : split_rows(rows, strips, halo)) {
    RC_ASSERT(strip.first == next);
    RC_ASSERT(strip.first % 2 == 0);
    RC_ASSERT(strip.rows > 0);
    RC_ASSERT(strip.rows <= rows / strips + 3);
    RC_ASSERT(strip.halo.above == std::min(halo, strip.first));
    next += strip.rows;
    RC_ASSERT(strip.halo.below == std::min(halo, rows - next));
  }
  RC_ASSERT(next == rows);
}

TEST(Strips, ACoarserLevelHasFewer) {
  EXPECT_EQ(strips_of_level(480, 480, 8), 8);
  EXPECT_EQ(strips_of_level(240, 480, 8), 4);
  EXPECT_EQ(strips_of_level(60, 480, 8), 1);
  EXPECT_EQ(strips_of_level(61, 480, 8), 2);
}

TEST(Halo, IsTrimmedFromOutside) {
  const at::Tensor x = at::arange(10).view({1, 1, 1, 10, 1});
  Halo halo{4, 1};
  const at::Tensor y = halo.trim(x, 2);
  EXPECT_EQ(halo, (Halo{2, 1}));
  EXPECT_TRUE(at::equal(y.flatten(), at::arange(2, 10)));
  EXPECT_TRUE(at::equal(halo.trim(y, 0).flatten(), at::arange(4, 9)));
}

}  // namespace
}  // namespace clipmill
