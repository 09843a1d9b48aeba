#include "train/lora_training.h"

#include <gtest/gtest.h>

#include <cmath>

#include "checkpoint/test_folder.h"
#include "train/generate.h"
#include "train/training_setup.h"

namespace clipmill {
namespace {

TrainRecipe on_the_shipped_model(Precision precision) {
  TrainRecipe recipe;
  recipe.base = CLIPMILL_SOURCE_DIR "/models/shapes";
  recipe.precision = precision;
  recipe.data = {.world = "shapes", .clips = 4, .buckets = {{64, 64, 5}}};
  recipe.lora.rank = 2;
  recipe.train_transformer.optimizer.steps = 4;
  recipe.train_transformer.optimizer.batch = 2;
  recipe.train_transformer.optimizer.warmup = 1;
  return recipe;
}

class LoraTraining : public testing::TestWithParam<Precision> {};

/// The frozen base is kept in the precision, captions are padded, samples are made without autocast.
TEST_P(LoraTraining, StepsAndSamples) {
  const TestFolder folder;
  TrainingSetup setup(on_the_shipped_model(GetParam()), folder.path(), at::kCPU);
  const Bucket bucket = setup.recipe.data.buckets.front();
  const LatentSet latents{{blank_latents(bucket, setup.recipe.vae, 4, 4)},
                          {"a", "a red circle", "a blue square growing", "a cyan triangle moving up"}};
  const auto trainer = setup.flow_trainer(latents);
  for (int step = 0; step < 3; ++step) {
    const StepResult result = trainer->step(step);
    EXPECT_TRUE(std::isfinite(result.loss) && std::isfinite(result.grad_norm)) << step;
    EXPECT_FALSE(result.skipped) << step;
  }
  EXPECT_GT(trainer->average().tensor("blocks.0.attn1.to_q.lora_B.weight").abs().max().item<double>(), 0);

  const auto vae = setup.vae_trainer();
  const TokenIds prompt = setup.encode("a red circle moving left on a black background"),
                 empty = setup.encode("");
  const at::Tensor clips = generate(trainer->averaged(), vae->averaged(), setup.recipe.vae, {&prompt}, empty,
                                    {.bucket = bucket, .steps = 2, .guidance = 2}, [] {});
  EXPECT_GT(clips.to(at::kFloat).std().item<double>(), 1) << "one colour everywhere";
}

INSTANTIATE_TEST_SUITE_P(EveryPrecision, LoraTraining,
                         testing::Values(Precision::kFp32, Precision::kBf16, Precision::kFp16));

}  // namespace
}  // namespace clipmill
