#include "train/cut.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace clipmill {
namespace {

using testing::ElementsAre;

TEST(ChosenFrames, AreInARowWhereTheClipIsLongEnough) {
  EXPECT_THAT(chosen_frames(5, 5, 7), ElementsAre(0, 1, 2, 3, 4));
  std::set<std::int64_t> starts;
  for (std::int64_t index = 0; index < 40; ++index) starts.insert(chosen_frames(12, 5, index).front());
  EXPECT_THAT(starts, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7)) << "starts are spread over the whole clip";
}

TEST(ChosenFrames, AShorterClipIsPlayedSlower) {
  EXPECT_THAT(chosen_frames(3, 5, 1), ElementsAre(0, 1, 1, 2, 2));
  EXPECT_THAT(chosen_frames(1, 3, 1), ElementsAre(0, 0, 0));
  EXPECT_THAT(chosen_frames(1, 1, 9), ElementsAre(0));
}

RC_GTEST_PROP(ChosenFrames, AscendWithinTheClip, ()) {
  const auto available = *rc::gen::inRange<std::int64_t>(1, 2000);
  const auto wanted = *rc::gen::inRange(1, 200);
  const auto frames = chosen_frames(available, wanted, *rc::gen::positive<std::int64_t>());
  RC_ASSERT(frames.size() == static_cast<std::size_t>(wanted));
  RC_ASSERT(std::ranges::is_sorted(frames));
  RC_ASSERT(frames.front() >= 0 && frames.back() < available);
  if (available < wanted) RC_ASSERT(frames.front() == 0 && frames.back() == available - 1);
}

/// Red, green, blue thirds side by side, or one above the other.
Frame thirds(int width, int height, bool side_by_side) {
  Frame frame(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x)
      frame.row(y)[x * 3 + (side_by_side ? x * 3 / width : y * 3 / height)] = 255;
  }
  return frame;
}

bool is_green(const Frame& frame, int x, int y) {
  const std::uint8_t* at = frame.row(y) + x * 3;
  return at[0] < 10 && at[1] > 245 && at[2] < 10;
}

TEST(Covering, ShowsTheMiddle) {
  for (const bool side_by_side : {true, false}) {
    const Frame frame = side_by_side ? thirds(300, 100, true) : thirds(100, 300, false);
    const Frame covered = covering(frame, 64, 64);
    ASSERT_EQ(covered.width, 64);
    ASSERT_EQ(covered.height, 64);
    for (const auto& [x, y] : {std::pair{1, 1}, {62, 1}, {1, 62}, {62, 62}, {32, 32}})
      EXPECT_TRUE(is_green(covered, x, y)) << x << "," << y;
  }
}

RC_GTEST_PROP(Covering, GivesTheSizeAskedForWithoutBars, ()) {
  Frame frame(*rc::gen::inRange(1, 200), *rc::gen::inRange(1, 200));
  std::ranges::fill(frame.rgb, 200);
  const int width = *rc::gen::inRange(1, 100), height = *rc::gen::inRange(1, 100);
  const Frame covered = covering(frame, width, height);
  RC_ASSERT(covered.width == width && covered.height == height);
  for (const std::uint8_t value : covered.rgb) RC_ASSERT(value >= 198 && value <= 202);
}

}  // namespace
}  // namespace clipmill
