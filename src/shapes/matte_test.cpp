#include "shapes/matte.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

namespace clipmill::shapes {
namespace {

/// A black frame of 20×20 pixels in which, border left out, so many pixels of each red follow on another:
/// {{red, count}, …}.
std::vector<std::uint8_t> frame_with(std::initializer_list<std::pair<int, int>> reds) {
  std::vector<std::uint8_t> frame(20 * 20 * 3, 0);
  std::size_t at = 21;
  for (const auto& [red, count] : reds)
    for (int i = 0; i < count; ++i, ++at) {
      while (at % 20 == 0 || at % 20 == 19) ++at;
      frame[3 * at] = static_cast<std::uint8_t>(red);
    }
  return frame;
}

int count_near(const Matte& matte, float value) {
  return static_cast<int>(
      std::ranges::count_if(matte.coverage, [&](float one) { return std::abs(one - value) < 1e-6f; }));
}

TEST(Matte, TakesTheForegroundFromItsFarthestPixels) {
  const auto frame = frame_with({{100, 40}, {200, 16}});
  const Matte matte = take_apart({frame, 1, 20, 20});
  EXPECT_EQ(matte.background, (Rgb{0, 0, 0}));
  EXPECT_EQ(matte.foreground, (Rgb{200, 0, 0}));
}

TEST(Matte, MeasuresHowMuchOfTheForegroundAPixelShows) {
  const auto frame = frame_with({{30, 7}, {50, 5}, {100, 40}, {200, 16}, {255, 1}});
  const Matte matte = take_apart({frame, 1, 20, 20});
  EXPECT_EQ(matte.foreground, (Rgb{200, 0, 0}));
  EXPECT_EQ(count_near(matte, 0.15f), 0);  // too little to count
  EXPECT_EQ(count_near(matte, 0.25f), 5);
  EXPECT_EQ(count_near(matte, 0.5f), 40);
  EXPECT_EQ(count_near(matte, 1), 17);
  EXPECT_EQ(count_near(matte, 0), 400 - 62);
}

TEST(Matte, OfABlankClipIsEmpty) {
  const auto frame = frame_with({});
  EXPECT_TRUE(take_apart({frame, 1, 20, 20}).coverage.empty());
}

}  // namespace
}  // namespace clipmill::shapes
