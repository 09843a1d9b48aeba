#include "observe/columns.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace clipmill {
namespace {

TEST(Columns, CountsWhatATerminalShows) {
  EXPECT_EQ(columns(""), 0u);
  EXPECT_EQ(columns("abc"), 3u);
  EXPECT_EQ(columns("é"), 1u);
  EXPECT_EQ(columns("e\u0301"), 1u);
  EXPECT_EQ(columns("蓝色"), 4u);
  EXPECT_EQ(columns("🎬"), 2u);
  EXPECT_EQ(columns("█░"), 2u);
}

TEST(Columns, CutsBetweenCharacters) {
  EXPECT_EQ(fit_columns("abcdef", 6), "abcdef");
  EXPECT_EQ(fit_columns("abcdef", 5), "abcd…");
  EXPECT_EQ(fit_columns("蓝色方块", 8), "蓝色方块");
  EXPECT_EQ(fit_columns("蓝色方块", 7), "蓝色方…");
  EXPECT_EQ(fit_columns("蓝色方块", 6), "蓝色…");
  EXPECT_EQ(fit_columns("abc", 0), "");
}

TEST(Columns, ReplacesWhatCouldMoveTheCursor) {
  EXPECT_EQ(fit_columns("a\nb\x1b[2Jc\xff", 20), "a?b?[2Jc?");
  EXPECT_EQ(fit_columns("\xe8\x93", 20), "??");
}

TEST(Columns, Pads) {
  EXPECT_EQ(pad_columns("蓝", 4), "蓝  ");
  EXPECT_EQ(pad_columns("abcde", 4), "abcde");
}

RC_GTEST_PROP(ColumnsProperty, FittedTextFitsAndStaysOnItsLine, (const std::string& text)) {
  const auto width = *rc::gen::inRange<std::size_t>(0, 40);
  const std::string fitted = fit_columns(text, width);
  RC_ASSERT(columns(fitted) <= width);
  for (const char c : fitted) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20);
}

TEST(Columns, CutInTheMiddleKeepsBothEnds) {
  EXPECT_EQ(fit_columns_middle("short.mp4", 20), "short.mp4");
  const std::string cut = fit_columns_middle("001-a-red-circle-moving-left-on-black-3.mp4", 21);
  EXPECT_TRUE(cut.starts_with("001-a-red") && cut.ends_with("-3.mp4")) << cut;
  EXPECT_LE(columns(cut), 21u);
}

}  // namespace
}  // namespace clipmill
