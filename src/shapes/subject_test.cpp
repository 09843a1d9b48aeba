#include "shapes/subject.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace clipmill::shapes {
namespace {

TEST(Subjects, AreAllThatTheWordsCanSay) {
  std::set<std::string> captions;
  for (const Subject& subject : all_subjects()) captions.insert(caption(subject));
  EXPECT_EQ(all_subjects().size(), 324u);
  EXPECT_EQ(captions.size(), 324u);
}

TEST(Caption, ReadsAsPeopleWouldSayIt) {
  EXPECT_EQ(caption({Shape::kTriangle, Colour::kCyan, Motion::kDown, Background::kGray}),
            "a cyan triangle moving down on a gray background");
  EXPECT_EQ(caption({Shape::kCircle, Colour::kYellow, Motion::kShrinking, Background::kWhite}),
            "a yellow circle shrinking on a white background");
}

TEST(Caption, NamesItsSubject) {
  for (const Subject& subject : all_subjects()) EXPECT_EQ(subject_of(caption(subject)), subject);
}

TEST(Caption, OfAnotherWorldNamesNoSubject) {
  for (const char* text :
       {"", "a red circle", "a red circle moving left on a black background ",
        "A red circle moving left on a black background", "a pink circle moving left on a black background",
        "a red circle left on a black background", "a red circle moving growing on a black background",
        "a circle red moving left on a black background"})
    EXPECT_EQ(subject_of(text), std::nullopt) << text;
}

RC_GTEST_PROP(Caption, IsTakenOnlyWhole, ()) {
  const std::string whole = caption(*rc::gen::elementOf(all_subjects()));
  const auto at = *rc::gen::inRange<std::size_t>(0, whole.size());
  std::string changed = whole;
  changed[at] = *rc::gen::suchThat<char>([&](char letter) { return letter != whole[at]; });
  RC_ASSERT(subject_of(changed) == std::nullopt);
  RC_ASSERT(subject_of(whole.substr(0, at)) == std::nullopt);
}

TEST(HeldOut, IsSixteenCombinationsOnEveryBackground) {
  std::set<std::string> combinations;
  int count = 0;
  for (Subject subject : all_subjects()) {
    if (!held_out(subject)) continue;
    ++count;
    subject.background = Background::kBlack;
    combinations.insert(caption(subject));
  }
  EXPECT_EQ(count, 48);
  EXPECT_EQ(combinations.size(), 16u);
}

TEST(HeldOut, IsTheFixedList) {
  const auto unseen = [](std::string_view start) {
    return held_out(*subject_of(std::string(start) + " on a gray background"));
  };
  for (const char* start :
       {"a blue circle moving up", "a cyan circle moving up", "a purple circle moving left",
        "a purple circle moving up", "a red circle moving left", "a yellow circle growing",
        "a cyan square moving right", "a green square moving left", "a red square moving up",
        "a yellow square moving down", "a yellow square shrinking", "a blue triangle shrinking",
        "a green triangle moving left", "a purple triangle moving down", "a yellow triangle moving left",
        "a yellow triangle moving up"})
    EXPECT_TRUE(unseen(start)) << start;
  EXPECT_FALSE(unseen("a red circle moving right"));
}

TEST(HeldOut, LeavesEveryWordInTraining) {
  const auto seen = [](auto has) {
    return std::ranges::any_of(all_subjects(),
                               [&](const Subject& one) { return !held_out(one) && has(one); });
  };
  for (std::size_t shape = 0; shape < kShapes.size(); ++shape)
    for (std::size_t motion = 0; motion < kMotions.size(); ++motion)
      EXPECT_TRUE(seen(
          [&](const Subject& one) { return one.shape == Shape(shape) && one.motion == Motion(motion); }));
  for (std::size_t shape = 0; shape < kShapes.size(); ++shape)
    for (std::size_t colour = 0; colour < kColours.size(); ++colour)
      EXPECT_TRUE(seen(
          [&](const Subject& one) { return one.shape == Shape(shape) && one.colour == Colour(colour); }));
}

}  // namespace
}  // namespace clipmill::shapes
