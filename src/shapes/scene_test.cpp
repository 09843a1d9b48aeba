#include "shapes/scene.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace clipmill::shapes {
namespace {

using Pixel = std::array<int, 3>;

Pixel pixel(std::span<const std::uint8_t> frame, int width, int x, int y) {
  const std::uint8_t* at = frame.data() + 3 * (y * width + x);
  return {at[0], at[1], at[2]};
}

Subject any_subject(Rng& rng) { return all_subjects()[uniform_below(rng, 324)]; }

TEST(Uniform, DependsOnTheBitsOfTheGeneratorAlone) {
  Rng rng(1), bits(1);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(uniform(rng, -2, 6), -2 + 8 * std::ldexp(double(bits() >> 11), -53));
}

TEST(Uniform, ReachesEveryNumberBelow) {
  Rng rng(1);
  std::array<int, 3> counts{};
  for (int i = 0; i < 300; ++i) ++counts.at(uniform_below(rng, 3));
  for (const int count : counts) EXPECT_GT(count, 60);
}

TEST(Draw, BlendsAnAntialiasedEdge) {
  // Half a side is 5, so that the square ends in the middle of pixels 5 and 15.
  const double radius = 10 / std::sqrt(std::acos(-1.0));
  const Scene scene{{0, 100, 200},
                    {{Shape::kSquare, {200, 100, 0}, {10.5, 10.5}, {10.5, 10.5}, radius, radius}}};
  const auto frame = draw_clip(scene, 24, 20, 1);
  EXPECT_EQ(pixel(frame, 24, 0, 0), (Pixel{0, 100, 200}));
  EXPECT_EQ(pixel(frame, 24, 4, 10), (Pixel{0, 100, 200}));
  EXPECT_EQ(pixel(frame, 24, 5, 10), (Pixel{100, 100, 100}));
  EXPECT_EQ(pixel(frame, 24, 6, 10), (Pixel{200, 100, 0}));
  EXPECT_EQ(pixel(frame, 24, 10, 15), (Pixel{100, 100, 100}));
  EXPECT_EQ(pixel(frame, 24, 23, 19), (Pixel{0, 100, 200}));
}

TEST(Draw, RoundsToTheNearestByte) {
  EXPECT_EQ(pixel(draw_clip({{0.6, 99.4, 254.7}, {}}, 8, 8, 1), 8, 7, 7), (Pixel{1, 99, 255}));
}

TEST(Draw, PutsLaterObjectsOverEarlierOnes) {
  Track track{Shape::kCircle, {255, 0, 0}, {8, 8}, {8, 8}, 5, 5};
  Scene scene{{0, 0, 0}, {track}};
  track.colour = {0, 0, 255};
  scene.tracks.push_back(track);
  EXPECT_EQ(pixel(draw_clip(scene, 16, 16, 1), 16, 8, 8), (Pixel{0, 0, 255}));
}

TEST(Draw, MovesEvenlyFromTheFirstFrameToTheLast) {
  const Scene scene{{0, 0, 0}, {{Shape::kCircle, {255, 255, 255}, {8.5, 8.5}, {40.5, 24.5}, 4, 4}}};
  const auto clip = draw_clip(scene, 48, 32, 5);
  for (int frame = 0; frame < 5; ++frame) {
    const auto one = std::span(clip).subspan(frame * 48 * 32 * 3, 48 * 32 * 3);
    for (int other = 0; other < 5; ++other)
      EXPECT_EQ(pixel(one, 48, 8 + 8 * other, 8 + 4 * other)[0], frame == other ? 255 : 0) << frame << other;
  }
}

TEST(Draw, RefusesAFrameOfAnotherSize) {
  std::vector<std::uint8_t> frame(10);
  EXPECT_THROW(draw({}, 0, 2, 2, frame), Error);
  EXPECT_THROW(draw_clip({}, 0, 8, 1), Error);
  EXPECT_THROW(draw_clip({}, 8, 8, 0), Error);
}

RC_GTEST_PROP(DrawClip, ShowsItsFramesAtEvenTimes, (std::uint64_t seed)) {
  Rng rng(seed);
  const Scene scene = free_scene(40, 24, rng);
  const auto clip = draw_clip(scene, 40, 24, 9);
  std::vector<std::uint8_t> frame(40 * 24 * 3);
  for (int i = 0; i < 9; ++i) {
    draw(scene, i / 8.0, 40, 24, frame);
    RC_ASSERT(std::equal(frame.begin(), frame.end(), clip.begin() + i * frame.size()));
  }
}

RC_GTEST_PROP(RandomScene, IsPlacedAsTheWorldSays, (std::uint64_t seed)) {
  Rng rng(seed);
  const Subject subject = any_subject(rng);
  const Scene scene = random_scene(subject, 64, 64, rng);
  RC_ASSERT(scene.background == rgb(subject.background));
  RC_ASSERT(scene.tracks.size() == 1u);
  const Track& track = scene.tracks[0];
  RC_ASSERT(track.colour == rgb(subject.colour));
  RC_ASSERT(track.shape == subject.shape);
  const double dx = track.to[0] - track.from[0], dy = track.to[1] - track.from[1];
  const auto within = [](double low, double value, double high) { return low <= value && value <= high; };
  if (subject.motion == Motion::kGrowing || subject.motion == Motion::kShrinking) {
    RC_ASSERT(dx == 0 && dy == 0);
    const auto [small, large] = std::minmax(track.radius_from, track.radius_to);
    RC_ASSERT(within(6, small, 8) && within(14, large, 17));
    RC_ASSERT((track.radius_from < track.radius_to) == (subject.motion == Motion::kGrowing));
    for (const double at : track.from) RC_ASSERT(within(26, at, 38));
    return;
  }
  const bool horizontal = subject.motion == Motion::kLeft || subject.motion == Motion::kRight;
  const bool back = subject.motion == Motion::kLeft || subject.motion == Motion::kUp;
  const std::size_t along = horizontal ? 0 : 1, across = 1 - along;
  RC_ASSERT((horizontal ? dy : dx) == 0);
  RC_ASSERT(within(20 - 1e-9, (horizontal ? dx : dy) * (back ? -1 : 1), 28));
  RC_ASSERT(within(30, (track.from[along] + track.to[along]) / 2, 34));
  RC_ASSERT(within(23, track.from[across], 41));
  RC_ASSERT(track.radius_from == track.radius_to);
  RC_ASSERT(within(8.5, track.radius_from, 11.5));
}

RC_GTEST_PROP(RandomScene, GrowsWithTheShorterSide, (std::uint64_t seed)) {
  Rng rng(seed), again(seed);
  const Subject subject = any_subject(rng);
  any_subject(again);
  const Track small = random_scene(subject, 64, 64, rng).tracks[0];
  const Track large = random_scene(subject, 200, 128, again).tracks[0];
  RC_ASSERT(large.radius_to == 2 * small.radius_to);
  RC_ASSERT(std::abs((large.from[0] - 100) - 2 * (small.from[0] - 32)) < 1e-9);
  RC_ASSERT(std::abs((large.to[1] - 64) - 2 * (small.to[1] - 32)) < 1e-9);
}

RC_GTEST_PROP(FreeScene, HasOneToThreeShapesThatStandOut, (std::uint64_t seed)) {
  Rng rng(seed);
  const Scene scene = free_scene(64, 96, rng);
  RC_ASSERT(scene.tracks.size() >= 1u && scene.tracks.size() <= 3u);
  for (const Track& track : scene.tracks) {
    double squared = 0;
    for (int channel = 0; channel < 3; ++channel)
      squared += std::pow(track.colour[channel] - scene.background[channel], 2);
    RC_ASSERT(std::sqrt(squared) >= 48);
    RC_ASSERT(std::min(track.radius_from, track.radius_to) >= 4);
    RC_ASSERT(std::max(track.radius_from, track.radius_to) <= 19);
  }
}

/// Recorded once; a change here changes what every recipe trains on.
TEST(Scenes, AreTheSameOnEveryMachine) {
  Rng rng(7);
  const Track track = random_scene(all_subjects()[0], 64, 64, rng).tracks[0];
  const Scene free = free_scene(64, 64, rng);
  EXPECT_DOUBLE_EQ(track.from[0], 46.814746028182007);
  EXPECT_DOUBLE_EQ(free.background[0], 36.024248616965622);
  EXPECT_EQ(free.tracks.size(), 3u);
  EXPECT_EQ(rng(), 2974439097597997317u);
}

}  // namespace
}  // namespace clipmill::shapes
