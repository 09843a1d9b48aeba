#include "cost/plan_seconds.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/memory_ladder.h"

namespace clipmill {
namespace {

ModelCost any_model() {
  TransformerConfig transformer;
  transformer.num_layers = *rc::gen::inRange(1, 30);
  TextEncoderConfig text;
  text.num_layers = *rc::gen::inRange(1, 20);
  text.d_model = 64 * *rc::gen::inRange(1, 20);
  return ModelCost::of(transformer, VaeConfig(), text);
}

ClipSpec any_clip() {
  ClipSpec clip;
  clip.prompt = "a red circle";
  clip.width = 16 * *rc::gen::inRange(1, 60);
  clip.height = 16 * *rc::gen::inRange(1, 60);
  clip.frames = 4 * *rc::gen::inRange(0, 20) + 1;
  clip.steps = *rc::gen::inRange(1, 50);
  clip.guidance = *rc::gen::element(1.0, 5.0);
  clip.precision = *rc::gen::element(Precision::kFp32, Precision::kBf16);
  return clip;
}

/// What fastest_plan() relies on.
RC_GTEST_PROP(PlanSeconds, NoPlanIsFasterThanTheDefaultNorMorePiecesThanFewer, ()) {
  const ModelCost model = any_model();
  const ClipSpec clip = any_clip();
  const char* device = *rc::gen::element("cpu:0", "cuda:0");
  const auto total = [&](const MemoryPlan& plan) {
    double seconds = 0;
    for (const Stage stage : kPlannedStages) seconds += plan_seconds(model, clip, stage, {device, plan});
    return seconds;
  };
  MemoryPlan plan{*rc::gen::arbitrary<bool>(),
                  {*rc::gen::arbitrary<bool>()},
                  {*rc::gen::arbitrary<bool>(), *rc::gen::inRange(1, 64), *rc::gen::arbitrary<bool>()},
                  {*rc::gen::inRange(1, 64)}};
  RC_ASSERT(total(plan) >= total(MemoryPlan()));
  MemoryPlan chunks = plan, strips = plan;
  chunks.denoise.chunks *= 2, strips.decode.strips *= 2;
  RC_ASSERT(total(chunks) >= total(plan));
  RC_ASSERT(total(strips) >= total(plan));
}

/// A GPU copies weights while it computes: for free where steps take longer than their blocks to come.
TEST(PlanSeconds, StreamingIsHiddenOnlyWhereCopiesLeaveTheCoresAlone) {
  const ModelCost model = ModelCost::of(TransformerConfig(), VaeConfig(), TextEncoderConfig());
  ClipSpec clip;
  clip.width = 832, clip.height = 480, clip.frames = 81, clip.steps = 10, clip.guidance = 5;
  const MemoryPlan streamed{.denoise = {.streamed = true}};
  const auto factor = [&](const char* device) {
    return plan_seconds(model, clip, Stage::kDenoise, {device, streamed}) /
           plan_seconds(model, clip, Stage::kDenoise, {device});
  };
  EXPECT_DOUBLE_EQ(factor("cuda:0"), 1);
  EXPECT_GT(factor("cpu:0"), 1);
}

}  // namespace
}  // namespace clipmill
