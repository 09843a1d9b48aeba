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
  double stream = 2000;  // seconds that copying blocks adds

  std::int64_t operator()(const MemoryPlan& plan, Stage stage) const {
    const int bytes = plan.denoise.int8 ? 1 : 4;
    const std::int64_t text_idle = plan.resident && !plan.encode_text.streamed ? text : 0;
    const std::int64_t transformer_idle =
        plan.resident && !plan.denoise.streamed ? transformer * bytes / 4 : 0;
    const std::int64_t vae_idle = plan.resident ? vae : 0;
    if (stage == Stage::kEncodeText)
      return (plan.encode_text.streamed ? 50 : text) + 10 + transformer_idle + vae_idle;
    if (stage == Stage::kDenoise) {
      return (plan.denoise.streamed ? 2 * block : transformer) * bytes / 4 + tokens / 4 +
             tokens / plan.denoise.chunks + text_idle + vae_idle;
    }
    return vae + frame / plan.decode.strips + text_idle + transformer_idle;
  }
};

MadeUpModel any_model() {
  return {.transformer = *rc::gen::inRange(80, 5000),
          .tokens = *rc::gen::inRange(1, 5000),
          .frame = *rc::gen::inRange(1, 5000),
          .stream = static_cast<double>(*rc::gen::inRange(0, 5000))};
}

/// The same model's time: streaming waits for what it copies, pieces cost a little each, and what does not
/// stay is loaded again.
double made_up_seconds(const MadeUpModel& model, const MemoryPlan& plan, Stage stage) {
  const double load = plan.resident                 ? 0
                      : stage == Stage::kEncodeText ? 500
                      : stage == Stage::kDenoise    ? 1000
                                                    : 100;
  if (stage == Stage::kEncodeText) return 100 + load + (plan.encode_text.streamed ? 300 : 0);
  if (stage == Stage::kDenoise)
    return 5000 + load + (plan.denoise.streamed ? model.stream : 0) + 100 * (plan.denoise.chunks - 1);
  return 900 + load + 100 * (plan.decode.strips - 1);
}

PlanCosts costs_of(const MadeUpModel& model) {
  return {model,
          [model](const MemoryPlan& plan, Stage stage) { return made_up_seconds(model, plan, stage); }};
}

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
  for (const char* text : {"tiled", "chunks", "chunks 0", "chunks 1x", "strips 100", "resident,,", "", " ",
                           "resident, released"}) {
    try {
      memory_plan_from(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("strips N")) << text;
    }
  }
}

TEST(MemoryLadder, EverythingStaysResidentWhereItFits) {
  const PlanChoice choice = fastest_plan(1 << 20, costs_of(MadeUpModel()));
  EXPECT_TRUE(choice.fits);
  EXPECT_EQ(choice.plan, MemoryPlan());
}

TEST(MemoryLadder, PiecesGoBeforeReleasingWhereTheyCostLess) {
  EXPECT_EQ(to_string(fastest_plan(2400, costs_of(MadeUpModel())).plan), "resident, chunks 2, strips 2");
}

TEST(MemoryLadder, BlocksAreStreamedWhereThatTakesLessTimeThanPieces) {
  MadeUpModel model{.text = 0};
  EXPECT_EQ(to_string(fastest_plan(1500, costs_of(model)).plan), "resident, chunks 4, strips 4");
  model.stream = 200;
  EXPECT_EQ(to_string(fastest_plan(1500, costs_of(model)).plan), "resident, streamed, strips 2");
}

TEST(MemoryLadder, ComponentsAreReleasedWhereTheyDoNotFitTogether) {
  EXPECT_EQ(to_string(fastest_plan(900, costs_of({.vae = 700})).plan),
            "released, streamed, chunks 2, strips 8");
}

/// All plans there are, one by one.
RC_GTEST_PROP(MemoryLadderProperty, NoPlanThatFitsIsFaster, ()) {
  const MadeUpModel model = any_model();
  const std::int64_t budget = *rc::gen::inRange(300, 8000);
  const PlanChoice choice = fastest_plan(budget, costs_of(model));
  const MemoryPlan other = [] {
    MemoryPlan plan = any_plan();
    plan.denoise.int8 = false;
    return plan;
  }();
  double seconds = 0;
  for (const Stage stage : kStages) {
    if (model(other, stage) > budget) return;
    seconds += made_up_seconds(model, other, stage);
  }
  RC_ASSERT(choice.fits);
  RC_ASSERT(choice.seconds <= seconds);
}

TEST(MemoryLadder, WhatIsApproximateTakesLess) {
  const PlanCosts costs = costs_of(MadeUpModel());
  const std::int64_t floor = smallest_peak(costs), lower = smallest_peak(costs, true);
  ASSERT_LT(lower, floor);
  EXPECT_FALSE(fastest_plan(lower, costs).fits);
  const PlanChoice choice = fastest_plan(lower, costs, true);
  EXPECT_TRUE(choice.fits);
  EXPECT_THAT(to_string(choice.plan), HasSubstr("approximate int8 weights"));

  MemoryPlan last{.resident = false, .denoise = {.streamed = true, .chunks = 64}};
  EXPECT_FALSE(smaller(last, Stage::kDenoise));
  EXPECT_TRUE(smaller(last, Stage::kDenoise, true)->denoise.int8);
}

TEST(MemoryLadder, BelowTheFloorNothingFits) {
  const PlanCosts costs = costs_of(MadeUpModel());
  const std::int64_t floor = smallest_peak(costs);
  EXPECT_TRUE(fastest_plan(floor, costs).fits);
  const PlanChoice below = fastest_plan(floor - 1, costs);
  EXPECT_FALSE(below.fits);
  EXPECT_GE(below.bytes, floor);
}

RC_GTEST_PROP(MemoryLadderProperty, WhatIsChosenFitsInEveryStage, ()) {
  const MadeUpModel model = any_model();
  const std::int64_t budget = *rc::gen::inRange(1, 20000);
  const PlanChoice choice = fastest_plan(budget, costs_of(model));
  RC_ASSERT(choice.fits == (smallest_peak(costs_of(model)) <= budget));
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
