#include "core/memory_ladder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/error.h"

namespace clipmill {
namespace {

using ::testing::HasSubstr;

MemoryPlan any_plan() {
  const auto power = [] { return 1 << *rc::gen::inRange(0, 7); };
  return {*rc::gen::arbitrary<bool>(),
          {*rc::gen::arbitrary<bool>()},
          {*rc::gen::arbitrary<bool>(), power(), *rc::gen::arbitrary<bool>()},
          {power()}};
}

/// A made-up model: weights of three components, and activations that fall with the pieces they are cut into.
struct MadeUpModel {
  std::int64_t text = 500, transformer = 1000, vae = 100, block = 40, tokens = 800, frame = 1600;

  std::int64_t operator()(const MemoryPlan& plan, Stage stage) const {
    const std::int64_t text_now = plan.encode_text.streamed ? 50 : text;
    const std::int64_t transformer_now =
        (plan.denoise.streamed ? 2 * block : transformer) / (plan.denoise.int8 ? 4 : 1);
    if (stage == Stage::kEncodeText) return text_now + 10 + (plan.resident ? transformer + vae : 0);
    if (stage == Stage::kDenoise)
      return transformer_now + tokens / 4 + tokens / plan.denoise.chunks + (plan.resident ? text + vae : 0);
    return vae + frame / plan.decode.strips + (plan.resident ? text + transformer : 0);
  }
};

constexpr std::array kStages = {Stage::kEncodeText, Stage::kDenoise, Stage::kDecode};

TEST(MemoryLadder, NamesWhatDiffersFromTheDefault) {
  EXPECT_EQ(to_string(MemoryPlan()), "resident");
  EXPECT_EQ(to_string(MemoryPlan{false, {true}, {true, 4}, {8}}),
            "released, text streamed, streamed, chunks 4, strips 8");
  EXPECT_EQ(to_string(MemoryPlan{false, {true}, {true, 4}, {8}}, Stage::kDecode), "released, strips 8");
}

RC_GTEST_PROP(MemoryLadderProperty, ATextIsReadAsThePlanThatItNames, ()) {
  const MemoryPlan plan = any_plan();
  RC_ASSERT(memory_plan_from(to_string(plan)) == plan);
}

TEST(MemoryLadder, SaysWhatIsAllowedWhereAPlanIsNone) {
  for (const char* text : {"tiled", "chunks", "chunks 0", "chunks 1x", "strips 100", "resident,,"}) {
    try {
      memory_plan_from(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_THAT(error.hint(), HasSubstr("strips N")) << text;
    }
  }
}

TEST(MemoryLadder, EverythingStaysResidentWhereItFits) {
  const PlanChoice choice = fastest_plan(1 << 20, MadeUpModel());
  EXPECT_TRUE(choice.fits);
  EXPECT_EQ(choice.plan, MemoryPlan());
}

TEST(MemoryLadder, WhatCostsNoTimeGoesBeforeReleasingComponents) {
  const PlanChoice choice = fastest_plan(2400, MadeUpModel());
  EXPECT_EQ(to_string(choice.plan), "resident, chunks 2, strips 2");
}

TEST(MemoryLadder, BlocksAreStreamedWhereTheirWeightsDoNotFit) {
  const PlanChoice choice = fastest_plan(1000, MadeUpModel());
  EXPECT_EQ(to_string(choice.plan), "released, streamed, chunks 2, strips 2");
}

TEST(MemoryLadder, WhatIsApproximateComesLastAndOnlyWhereItIsAllowed) {
  const MadeUpModel model;
  const std::int64_t floor = smallest_peak(model), lower = smallest_peak(model, true);
  ASSERT_LT(lower, floor);
  EXPECT_FALSE(fastest_plan(floor, model, true).plan.denoise.int8);
  EXPECT_FALSE(fastest_plan(lower, model).fits);
  const PlanChoice choice = fastest_plan(lower, model, true);
  EXPECT_TRUE(choice.fits);
  EXPECT_THAT(to_string(choice.plan), HasSubstr("approximate int8 weights"));

  MemoryPlan last{.resident = false, .denoise = {.streamed = true, .chunks = 64}};
  EXPECT_FALSE(smaller(last, Stage::kDenoise));
  EXPECT_TRUE(smaller(last, Stage::kDenoise, true)->denoise.int8);
}

TEST(MemoryLadder, BelowTheFloorNothingFits) {
  const MadeUpModel model;
  const std::int64_t floor = smallest_peak(model);
  EXPECT_TRUE(fastest_plan(floor, model).fits);
  const PlanChoice below = fastest_plan(floor - 1, model);
  EXPECT_FALSE(below.fits);
  EXPECT_GE(below.bytes, floor);
}

RC_GTEST_PROP(MemoryLadderProperty, WhatIsChosenFitsInEveryStage, ()) {
  MadeUpModel model;
  model.tokens = *rc::gen::inRange(1, 5000);
  model.frame = *rc::gen::inRange(1, 5000);
  model.transformer = *rc::gen::inRange(80, 5000);
  const std::int64_t budget = *rc::gen::inRange(1, 20000);
  const PlanChoice choice = fastest_plan(budget, model);
  RC_ASSERT(choice.fits == (smallest_peak(model) <= budget));
  for (const Stage stage : kStages) RC_ASSERT(!choice.fits || model(choice.plan, stage) <= budget);
}

RC_GTEST_PROP(MemoryLadderProperty, RungsGoDownToTheSmallestAndEnd, ()) {
  const MadeUpModel model;
  const Stage stage = kStages[*rc::gen::inRange<std::size_t>(0, 3)];
  std::optional<MemoryPlan> plan = any_plan();
  int rungs = 0;
  for (; plan; ++rungs) {
    const auto next = smaller(*plan, stage);
    if (next) {
      RC_ASSERT(model(*next, stage) < model(*plan, stage));
      for (const Stage other : kStages) RC_ASSERT(model(*next, other) <= model(*plan, other));
    }
    plan = next;
  }
  RC_ASSERT(rungs <= 10);
}

}  // namespace
}  // namespace clipmill
