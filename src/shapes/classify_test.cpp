#include "shapes/classify.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "shapes/scene.h"

namespace clipmill::shapes {
namespace {

struct Size {
  int width, height, frames;
};

void PrintTo(const Size& size, std::ostream* out) {
  *out << size.width << "x" << size.height << "x" << size.frames;
}

using Clip = std::vector<std::uint8_t>;

Clip clip_of(const Subject& subject, const Size& size, Rng& rng) {
  return draw_clip(random_scene(subject, size.width, size.height, rng), size.width, size.height, size.frames);
}

Verdict verdict_on(const Clip& clip, const Size& size) {
  return classify(clip, size.frames, size.height, size.width);
}

std::string described(const Verdict& verdict) {
  const auto word = [](const auto& names, const auto& found) {
    return found ? std::string(names[static_cast<std::size_t>(*found)]) : "none";
  };
  return word(kColours, verdict.colour) + ", " + word(kShapes, verdict.shape) + ", " +
         word(kMotions, verdict.motion) + ", " + word(kBackgrounds, verdict.background);
}

bool is_empty(const Verdict& verdict) { return !verdict.shape && !verdict.colour && !verdict.motion; }

/// Each channel of each pixel off by up to `most`, then a 3×3 mean of the frame: worse than what a decoder
/// leaves.
Clip with_noise(Clip clip, int most, Rng& rng) {
  for (std::uint8_t& value : clip)
    value = static_cast<std::uint8_t>(std::clamp(value + uniform_below(rng, 2 * most + 1) - most, 0, 255));
  return clip;
}

Clip blurred(const Clip& clip, const Size& size) {
  const auto at = [&](int frame, int y, int x, int channel) -> int {
    y = std::clamp(y, 0, size.height - 1);
    x = std::clamp(x, 0, size.width - 1);
    return clip[((static_cast<std::size_t>(frame) * size.height + y) * size.width + x) * 3 + channel];
  };
  Clip soft;
  soft.reserve(clip.size());
  for (int frame = 0; frame < size.frames; ++frame)
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x)
        for (int channel = 0; channel < 3; ++channel) {
          int sum = 0;
          for (int dy = -1; dy <= 1; ++dy)
            for (int dx = -1; dx <= 1; ++dx) sum += at(frame, y + dy, x + dx, channel);
          soft.push_back(static_cast<std::uint8_t>((sum + 4) / 9));
        }
  return soft;
}

class ClassifyAtSize : public testing::TestWithParam<Size> {};

TEST_P(ClassifyAtSize, IsRightAboutEverySubject) {
  Rng rng(20);
  for (const Subject& subject : all_subjects()) {
    const Verdict verdict = verdict_on(clip_of(subject, GetParam(), rng), GetParam());
    EXPECT_TRUE(match(verdict, subject).all()) << caption(subject) << ": " << described(verdict);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, ClassifyAtSize,
                         testing::Values(Size{64, 64, 17}, Size{96, 64, 17}, Size{64, 96, 17},
                                         Size{96, 96, 17}, Size{48, 48, 17}, Size{64, 64, 33},
                                         Size{64, 64, 9}, Size{96, 64, 9}));

RC_GTEST_PROP(Classify, FindsTheSubjectWhereverItIsPlaced, (std::uint64_t seed)) {
  Rng rng(seed);
  const Size size{64, 64, 9 + 4 * uniform_below(rng, 7)};
  const Subject subject = all_subjects()[uniform_below(rng, 324)];
  RC_ASSERT(match(verdict_on(clip_of(subject, size, rng), size), subject).all());
}

RC_GTEST_PROP(Classify, BearsNoiseAndBlur, (std::uint64_t seed)) {
  Rng rng(seed);
  const Size size{64, 64, 17};
  const Subject subject = all_subjects()[uniform_below(rng, 324)];
  const Clip noisy = with_noise(clip_of(subject, size, rng), 16, rng);
  RC_ASSERT(match(verdict_on(noisy, size), subject).all());
  RC_ASSERT(match(verdict_on(blurred(noisy, size), size), subject).all());
}

TEST(Classify, SaysNothingOfABlankClipButItsBackground) {
  for (std::size_t background = 0; background < kBackgrounds.size(); ++background) {
    const Clip blank = draw_clip({rgb(Background(background)), {}}, 64, 64, 17);
    const Verdict verdict = verdict_on(blank, {64, 64, 17});
    EXPECT_EQ(verdict.background, Background(background));
    EXPECT_TRUE(is_empty(verdict)) << described(verdict);
  }
}

TEST(Classify, SaysNothingOfColoursThatHaveNoName) {
  const Scene scene{{120, 60, 10}, {{Shape::kCircle, {250, 240, 235}, {32, 32}, {32, 32}, 10, 10}}};
  const Verdict verdict = verdict_on(draw_clip(scene, 64, 64, 17), {64, 64, 17});
  EXPECT_EQ(verdict.background, std::nullopt);
  EXPECT_EQ(verdict.colour, std::nullopt);
  EXPECT_EQ(verdict.shape, Shape::kCircle);
}

Verdict verdict_on_circle(std::array<double, 2> from, std::array<double, 2> to, double radius_to = 10) {
  const Scene scene{rgb(Background::kBlack), {{Shape::kCircle, rgb(Colour::kRed), from, to, 10, radius_to}}};
  return verdict_on(draw_clip(scene, 64, 64, 17), {64, 64, 17});
}

TEST(Classify, CallsNoMotionWhatIsTooShortOrAslant) {
  EXPECT_EQ(verdict_on_circle({32, 32}, {32, 32}).motion, std::nullopt);
  EXPECT_EQ(verdict_on_circle({28, 32}, {38, 32}).motion, std::nullopt);
  EXPECT_EQ(verdict_on_circle({24, 32}, {40, 32}).motion, Motion::kRight);
  EXPECT_EQ(verdict_on_circle({20, 24}, {40, 36}).motion, std::nullopt);    // 12 of 20 aside
  EXPECT_EQ(verdict_on_circle({20, 28}, {40, 36}).motion, Motion::kRight);  // 8 of 20
  EXPECT_EQ(verdict_on_circle({32, 42}, {32, 20}).motion, Motion::kUp);
}

TEST(Classify, MeasuresTheWayInLengthsOfTheShorterSide) {
  const auto motion_over = [](double way, int side) {
    const Scene scene{{8, 8, 8}, {{Shape::kCircle, {220, 30, 30}, {30, 40}, {30 + way, 40}, 10, 10}}};
    return verdict_on(draw_clip(scene, 96, side, 17), {96, side, 17}).motion;
  };
  EXPECT_EQ(motion_over(13, 64), Motion::kRight);
  EXPECT_EQ(motion_over(13, 96), std::nullopt);
  EXPECT_EQ(motion_over(19, 96), Motion::kRight);
}

/// Corners that a decoder has washed out are still corners.
TEST(Classify, DoesNotTakeASoftSquareForACircle) {
  Rng rng(3);
  const Size size{64, 64, 17};
  for (const Background background : {Background::kBlack, Background::kWhite, Background::kGray}) {
    Clip clip = clip_of({Shape::kSquare, Colour::kRed, Motion::kRight, background}, size, rng);
    for (int i = 0; i < 6; ++i) clip = blurred(clip, size);
    EXPECT_EQ(verdict_on(clip, size).shape, Shape::kSquare);
  }
}

TEST(Classify, TakesALargeChangeOfAreaForGrowthEvenOnTheWay) {
  EXPECT_EQ(verdict_on_circle({20, 32}, {40, 32}, 16).motion, Motion::kGrowing);
  EXPECT_EQ(verdict_on_circle({20, 32}, {40, 32}, 13).motion, Motion::kRight);
}

TEST(Classify, SeesNoShapeInATornOne) {
  Rng rng(3);
  Clip clip =
      clip_of({Shape::kSquare, Colour::kGreen, Motion::kGrowing, Background::kWhite}, {64, 64, 17}, rng);
  // Every second pair of rows is moved by a third of the picture.
  for (std::size_t row = 0; row < clip.size() / 192; ++row)
    if (row / 2 % 2 == 0)
      std::rotate(clip.begin() + row * 192, clip.begin() + row * 192 + 63, clip.begin() + (row + 1) * 192);
  EXPECT_EQ(verdict_on(clip, {64, 64, 17}).shape, std::nullopt);
}

TEST(Classify, SeesNoMotionWhereTheShapeIsMissingAtTheStart) {
  Rng rng(3);
  Clip clip =
      clip_of({Shape::kSquare, Colour::kGreen, Motion::kRight, Background::kBlack}, {64, 64, 17}, rng);
  std::fill_n(clip.begin(), 2 * 64 * 64 * 3, std::uint8_t{8});
  EXPECT_EQ(verdict_on(clip, {64, 64, 17}).motion, std::nullopt);
}

TEST(Classify, SeesNoShapeWhereMostFramesAreEmpty) {
  Rng rng(3);
  Clip clip =
      clip_of({Shape::kSquare, Colour::kGreen, Motion::kRight, Background::kBlack}, {64, 64, 17}, rng);
  std::fill_n(clip.begin() + 5 * 64 * 64 * 3, 10 * 64 * 64 * 3, std::uint8_t{8});
  EXPECT_EQ(verdict_on(clip, {64, 64, 17}).shape, std::nullopt);
}

TEST(Classify, SeesNoMotionInASingleFrame) {
  Rng rng(3);
  const Size size{64, 64, 1};
  const Verdict verdict = verdict_on(clip_of({Shape::kTriangle, Colour::kCyan}, size, rng), size);
  EXPECT_EQ(verdict.shape, Shape::kTriangle);
  EXPECT_EQ(verdict.motion, std::nullopt);
}

/// Any bytes at any size give some verdict.
RC_GTEST_PROP(Classify, BearsAnyPixels, (std::uint64_t seed)) {
  Rng rng(seed);
  const Size size{1 + uniform_below(rng, 20), 1 + uniform_below(rng, 20), 1 + uniform_below(rng, 5)};
  Clip clip(static_cast<std::size_t>(size.width) * size.height * size.frames * 3);
  const int values = 1 + uniform_below(rng, 256);
  for (std::uint8_t& value : clip) value = static_cast<std::uint8_t>(uniform_below(rng, values));
  verdict_on(clip, size);
}

TEST(Classify, RefusesSizesThatDoNotFitTheBytes) {
  EXPECT_THROW(verdict_on(Clip(10), {2, 2, 1}), Error);
  EXPECT_THROW(verdict_on({}, {0, 0, 0}), Error);
  EXPECT_THROW(verdict_on({}, {64, 64, 0}), Error);
}

TEST(Match, IsRightOnlyWhereTheVerdictSaysSo) {
  const Subject subject{Shape::kSquare, Colour::kBlue, Motion::kUp, Background::kGray};
  const Match none = match({}, subject);
  EXPECT_FALSE(none.shape || none.colour || none.motion || none.background);
  const Match three = match({Shape::kSquare, Colour::kBlue, Motion::kDown, Background::kGray}, subject);
  EXPECT_TRUE(three.shape && three.colour && three.background);
  EXPECT_FALSE(three.motion || three.all());
  EXPECT_TRUE(match({Shape::kSquare, Colour::kBlue, Motion::kUp, Background::kGray}, subject).all());
}

}  // namespace
}  // namespace clipmill::shapes
