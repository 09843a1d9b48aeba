#include "core/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <charconv>

namespace clipmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ClipSpec clip(int width, int height, int frames) {
  ClipSpec result;
  result.width = width;
  result.height = height;
  result.frames = frames;
  return result;
}

TEST(Limits, ThePublishedDefaultsFit) { EXPECT_THAT(violations(ClipSpec{}, ModelLimits{}), IsEmpty()); }

TEST(Limits, NameTheNearestThatWorks) {
  EXPECT_THAT(violations(clip(830, 480, 80), ModelLimits{}),
              ElementsAre("width must be a positive multiple of 16, not 830: the nearest is 832",
                          "frames must be 4k+1, not 80: the nearest are 77 and 81"));
  EXPECT_THAT(violations(clip(1, 480, 1), ModelLimits{}),
              ElementsAre("width must be a positive multiple of 16, not 1: the nearest is 16"));
}

TEST(Limits, ImpossibleSizesAreSaidToBe) {
  for (const int side : {0, -16, -1}) {
    EXPECT_THAT(violations(clip(side, 480, 17), ModelLimits{}),
                ElementsAre(HasSubstr("width must be a positive")));
  }
  for (const int frames : {0, -3, -4}) {
    EXPECT_THAT(violations(clip(64, 64, frames), ModelLimits{}),
                ElementsAre(HasSubstr("nearest are 1 and 5")));
  }
}

TEST(Limits, ThePositionTableEndsSomewhere) {
  EXPECT_THAT(violations(clip(16384, 64, 17), ModelLimits{}), IsEmpty());
  EXPECT_THAT(violations(clip(16400, 64, 17), ModelLimits{}), ElementsAre(HasSubstr("at most 16384")));
  EXPECT_THAT(violations(clip(64, 64, 4093), ModelLimits{}), IsEmpty());
  EXPECT_THAT(violations(clip(64, 64, 4097), ModelLimits{}), ElementsAre(HasSubstr("at most 4093")));
}

TEST(Limits, TemporalPatchesMustComeOutEven) {
  ModelLimits limits;
  limits.latent_frames_step = 2;
  EXPECT_THAT(violations(clip(64, 64, 5), limits), IsEmpty());
  EXPECT_THAT(violations(clip(64, 64, 17), limits), ElementsAre(HasSubstr("temporal patch 2")));
}

TEST(Limits, DeliveredSizesAreWhatH264Takes) {
  ClipSpec spec;
  spec.output_width = 640;
  EXPECT_THAT(violations(spec, ModelLimits{}), ElementsAre(HasSubstr("together")));
  spec.output_height = 361;
  EXPECT_THAT(violations(spec, ModelLimits{}), ElementsAre(HasSubstr("640x361")));
  spec.output_height = 360;
  EXPECT_THAT(violations(spec, ModelLimits{}), IsEmpty());
}

TEST(Limits, ASecondGuidanceNeedsASecondTransformer) {
  ClipSpec spec;
  spec.guidance_2 = 3;
  EXPECT_THAT(violations(spec, ModelLimits{}), ElementsAre(HasSubstr("guidance_2")));
  ModelLimits both;
  both.two_transformers = true;
  EXPECT_THAT(violations(spec, both), IsEmpty());
}

/// The numbers a sentence offers after "nearest".
std::vector<int> offered(const std::string& sentence) {
  std::vector<int> numbers;
  const std::size_t start = sentence.find("nearest");
  for (std::size_t i = start; i != sentence.npos && i < sentence.size();) {
    int number = 0;
    const auto [end, error] = std::from_chars(sentence.data() + i, sentence.data() + sentence.size(), number);
    if (error == std::errc()) numbers.push_back(number);
    i = error == std::errc() ? static_cast<std::size_t>(end - sentence.data()) : i + 1;
  }
  return numbers;
}

RC_GTEST_PROP(Limits, WhatTheyOfferWorks, ()) {
  ModelLimits limits;
  limits.grid_width = *rc::gen::element(8, 16, 32);
  limits.temporal_factor = *rc::gen::element(2, 4, 8);
  const int width = *rc::gen::inRange(1, 4000), frames = *rc::gen::inRange(1, 200);
  for (const std::string& reason : violations(clip(width, 64, frames), limits)) {
    const std::vector<int> numbers = offered(reason);
    RC_ASSERT(!numbers.empty());
    for (const int number : numbers) {
      const bool of_width = reason.starts_with("width");
      const ClipSpec mended = clip(of_width ? number : limits.grid_width, 64, of_width ? 1 : number);
      RC_ASSERT(violations(mended, limits).empty());
    }
  }
}

}  // namespace
}  // namespace clipmill
