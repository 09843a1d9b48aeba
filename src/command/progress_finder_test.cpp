#include "command/progress_finder.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace clipmill {
namespace {

using Found = std::optional<CommandProgress>;

TEST(ProgressFinder, ReadsTqdmsBar) {
  ProgressFinder finder("");
  EXPECT_EQ(finder.feed("\r  4%|4         | 2/50 [00:01<00:28,  1.66it/s]"), Found());
  EXPECT_EQ(finder.feed("\r  6%|6         | 3/50 [00:01<00:28,  1.66it/s]"), Found(CommandProgress{2, 50}));
  EXPECT_EQ(finder.feed("\n"), Found(CommandProgress{3, 50}));
}

TEST(ProgressFinder, TheLastLineThatTellsSomethingCounts) {
  ProgressFinder finder("");
  EXPECT_EQ(finder.feed("1/9\n2/9\nwriting\n"), Found(CommandProgress{2, 9}));
  EXPECT_EQ(finder.feed("nothing here\n"), Found());
}

TEST(ProgressFinder, OneGroupIsAPercentage) {
  ProgressFinder finder(R"(progress: ([\d.]+) ?%)");
  EXPECT_EQ(finder.feed("progress: 45.7 %\n"), Found(CommandProgress{45, 100}));
  EXPECT_EQ(finder.feed("progress: 101%\n"), Found());
}

TEST(ProgressFinder, WhatCannotBeProgressIsNone) {
  ProgressFinder finder("");
  for (const char* line : {"5/4\n", "0/0\n", "99999999999/999999999999\n", "7\n", "\n"})
    EXPECT_EQ(finder.feed(line), Found()) << line;
}

TEST(ProgressFinder, AnEndlessLineIsLookedAtFromItsEnd) {
  ProgressFinder finder(R"((\d+)/(\d+).*)");
  for (int i = 0; i < 100; ++i) finder.feed(std::string(100'000, '\xFF'));
  EXPECT_EQ(finder.feed("1/2\n"), Found(CommandProgress{1, 2}));
}

RC_GTEST_PROP(ProgressFinderProperty, PiecesMakeNoDifference, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("1", "2/3", "/", "\r", "\n", "x", "10/20\n", std::string(1, '\0')));
  std::string whole;
  Found last, apart;
  ProgressFinder at_once(""), in_pieces("");
  for (const std::string& piece : pieces) {
    whole += piece;
    if (const auto found = in_pieces.feed(piece)) apart = found;
  }
  last = at_once.feed(whole);
  RC_ASSERT(last == apart);
}

}  // namespace
}  // namespace clipmill
