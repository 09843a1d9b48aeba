// Training on every device: the losses of the CPU, states that go on, memory that is found; and what measures
// it.
#include <gtest/gtest.h>

#include <cmath>

#include "train/generate.h"
#include "train/measure_adherence.h"
#include "train/test_training.h"
#include "train/training_batch.h"
#include "train/training_state.h"
#include "vram/testing/test_devices.h"

namespace clipmill {
namespace {

using test::Training;

constexpr int kSteps = 4;  // of the VAE, two of them of its decoder alone; and of the transformer

TrainRecipe short_recipe(Precision precision) {
  TrainRecipe recipe = test::tiny_training_recipe();
  recipe.precision = precision;
  recipe.data.buckets = {{16, 16, 5, 1}};
  recipe.train_vae.optimizer.steps = recipe.train_vae.decoder_steps = kSteps / 2;
  recipe.train_vae.optimizer.warmup = recipe.train_transformer.optimizer.warmup = 1;
  recipe.train_vae.latent_noise = 0.1;
  recipe.train_transformer.optimizer.batch = 4;
  recipe.train_transformer.optimizer.accumulate = 2;
  recipe.segments = 2;
  return recipe;
}

/// Of the VAE's first `steps`, then of the transformer's.
std::vector<double> losses(const TrainRecipe& recipe, int steps, at::Device device) {
  Training training(recipe, device);
  std::vector<double> losses;
  for (int step = 0; step < steps; ++step) losses.push_back(training.vae->step(step).loss);
  for (int step = 0; step < steps; ++step) losses.push_back(training.transformer->step(step).loss);
  return losses;
}

class TrainingOnDevice : public testing::TestWithParam<std::string> {
 protected:
  at::Device device() const { return device_->torch_device(); }
  const std::unique_ptr<Device> device_ = test::open_test_device(GetParam());
};

TEST_P(TrainingOnDevice, HasTheLossesOfTheCpu) {
  const TrainRecipe recipe = short_recipe(Precision::kFp32);
  const auto expected = losses(recipe, kSteps, at::kCPU), found = losses(recipe, kSteps, device());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 1e-3 * expected[i]) << i;
}

/// The first alone: later ones depend on which steps fp16 skips while its scale falls.
TEST_P(TrainingOnDevice, HasTheCpusFirstLossesInHalfPrecision) {
  const auto expected = losses(short_recipe(Precision::kFp32), 1, at::kCPU);
  for (const Precision precision : {Precision::kBf16, Precision::kFp16}) {
    const auto found = losses(short_recipe(precision), 1, device());
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], 0.02 * expected[i]);
  }
}

TEST_P(TrainingOnDevice, GoesOnFromASavedState) {
  const TrainRecipe recipe = short_recipe(Precision::kFp32);
  Training whole(recipe, device()), resumed(recipe, device());
  const TestFolder folder;
  whole.vae->step(0), whole.transformer->step(0);
  save_state(folder.path() / "vae", {1, whole.vae->state()});
  save_state(folder.path() / "flow", {1, whole.transformer->state()});
  resumed.vae->load(read_state(folder.path() / "vae").tensors, 1);
  resumed.transformer->load(read_state(folder.path() / "flow").tensors);
  EXPECT_NEAR(resumed.vae->step(1).loss, whole.vae->step(1).loss, 1e-5);
  EXPECT_NEAR(resumed.transformer->step(1).loss, whole.transformer->step(1).loss, 1e-5);
}

TEST_P(TrainingOnDevice, FindsABatchAndMeasuresABlock) {
  Training training(short_recipe(Precision::kBf16), device());
  const TrialSteps trials = training.transformer->trials();
  const FoundBatch found = search_training_batch(*device_, trials, {.largest = 8, .budget = 0});
  EXPECT_EQ(found.size.largest, 8);
  EXPECT_GT(training.transformer->measure_block(*device_, trials.shapes.front(), 2).inside, 0);
}

TEST_P(TrainingOnDevice, MakesAndMeasuresClips) {
  Training training(short_recipe(Precision::kFp32), device());
  const TokenIds prompt = training.setup.encode("a red circle"), empty = training.setup.encode("");
  const Bucket bucket = training.setup.recipe.data.buckets.front();
  const at::Tensor clips =
      generate(training.transformer->averaged(), training.vae->averaged(), training.setup.recipe.vae,
               {&prompt, &empty}, empty, {.bucket = bucket, .steps = 2, .guidance = 2}, [] {});
  EXPECT_EQ(clips.sizes(), at::IntArrayRef({2, bucket.frames, bucket.height, bucket.width, 3}));
  EXPECT_TRUE(clips.is_cpu());
  const MeasuredVae vae = measure_vae(
      training.vae->averaged(), bucket, 2, 1, [] {}, [](int) {});
  EXPECT_TRUE(std::isfinite(vae.psnr));
}

// The CPU's own are in the other tests of this room.
INSTANTIATE_TEST_SUITE_P(Gpus, TrainingOnDevice, testing::ValuesIn(test::test_gpus()),
                         [](const auto& info) { return test::in_test_name(info.param); });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TrainingOnDevice);

}  // namespace
}  // namespace clipmill
