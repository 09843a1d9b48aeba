#include "media/label.h"

#include <gmock/gmock.h>

#include "media/test_support.h"

namespace clipmill {
namespace {

using testing::HasSubstr;

// The rows and columns in which something as bright as the label's letters stands.
struct Box {
  int left = 1 << 20, top = 1 << 20, right = -1, bottom = -1;
  int height() const { return bottom - top + 1; }
};

Box letters(const Frame& frame) {
  Box box;
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      if (pixel(frame, x, y)[1] < 150) continue;
      box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x), std::max(box.bottom, y)};
    }
  }
  return box;
}

std::vector<Frame> labelled_clip(const std::string& label, int width, int height,
                                 const std::string& filter = {}, int frames = 1) {
  TemporaryFolder folder;
  make_clip(folder / "clip.mp4",
            {.width = 64,
             .height = 64,
             .fps = 4,
             .output_width = width,
             .output_height = height,
             .label = label,
             .filter = filter},
            frames);
  return frames_of(folder / "clip.mp4");
}

void expect_legible(const Frame& frame, int shorter) {
  const Box box = letters(frame);
  EXPECT_GE(box.height(), 0.05 * shorter) << frame.width << "x" << frame.height;
  EXPECT_GT(box.left, 0);
  EXPECT_LT(box.right, frame.width - 1);
  EXPECT_LT(box.bottom, frame.height - 1);
  EXPECT_GT(box.top, frame.height / 2);
}

// "AI" is capitals only and "生成" characters only: their box is the glyphs' own height, without descenders.
TEST(Label, LettersAreFivePercentOfTheShorterSide) {
  for (const auto& [width, height] :
       {std::pair{64, 64}, {96, 128}, {320, 180}, {480, 832}, {1280, 720}, {1920, 1080}}) {
    for (const char* text : {"AI", "生成", "AI-generated", "AI生成"}) {
      SCOPED_TRACE(text);
      expect_legible(labelled_clip(text, width, height).at(0), std::min(width, height));
    }
  }
}

TEST(Label, StaysFromTheFirstFrameToTheLast) {
  const auto frames = labelled_clip("AI-generated", 320, 180, "", 10);
  ASSERT_EQ(frames.size(), 10u);
  for (const Frame& frame : frames) EXPECT_GE(letters(frame).height(), 9);
}

TEST(Label, NoLabelChangesNothing) { EXPECT_EQ(letters(labelled_clip("", 320, 180).at(0)).right, -1); }

TEST(Label, NoFilterOfTheUsersHidesOrShrinksIt) {
  expect_legible(labelled_clip("AI-generated", 320, 180, "drawbox=t=fill:c=black").at(0), 180);
  expect_legible(labelled_clip("AI-generated", 320, 180, "scale=640:360").at(0), 360);
}

TEST(Label, DrawsEveryCharacterAsItIs) {
  EXPECT_GT(letters(labelled_clip("a:b'c,d%{n}[e]\\", 640, 360).at(0)).right, 0);
}

TEST(Label, RefusesATextThatDoesNotFit) {
  const auto [kind, message] = failure_of([] { label_options(std::string(40, 'x'), {320, 180}); });
  EXPECT_EQ(kind, ErrorKind::kInput);
  EXPECT_THAT(message, HasSubstr("too long"));
}

}  // namespace
}  // namespace clipmill
