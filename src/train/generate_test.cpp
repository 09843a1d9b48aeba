// Clips of many prompts, and what is kept of a measurement of them.
#include "train/generate.h"

#include <gtest/gtest.h>

#include "train/finished_model.h"
#include "train/measure_adherence.h"
#include "train/test_training.h"

namespace clipmill {
namespace {

TEST(Generate, SamplesAsTheCheckpointSays) {
  const FinishedModel shapes(std::string(CLIPMILL_SOURCE_DIR) + "/models/shapes", {}, Precision::kFp32,
                             at::kCPU, Vae::Parts::kDecoder);
  const TokenIds prompt = caption_tokens(shapes.tokenizer, "a red circle moving left on a black background"),
                 empty = caption_tokens(shapes.tokenizer, "");
  const auto clip = [&](const SchedulerConfig& scheduler) {
    return generate(shapes.model, shapes.vae, shapes.folder.vae_config(), {&prompt}, empty,
                    {.bucket = {32, 32, 5}, .steps = 4, .guidance = 2, .scheduler = scheduler}, [] {});
  };
  const SchedulerConfig own = shapes.folder.scheduler_config();
  SchedulerConfig first_order = own, euler = own;
  first_order.solver_order = 1;
  euler.class_name = kEulerScheduler;
  EXPECT_TRUE(at::equal(clip(own), clip(own)));
  EXPECT_FALSE(at::equal(clip(own), clip(first_order)));
  EXPECT_FALSE(at::equal(clip(own), clip(euler)));
}

TEST(MeasureAdherence, KeepsTheClipsOfASheetOnly) {
  const test::Training training;
  const FlowModel model = training.transformer->averaged();
  const Vae vae = training.vae->averaged();
  const auto encode = [&](const std::string& prompt) { return training.setup.encode(prompt); };
  const AdherenceSettings settings{{.bucket = {32, 32, 5}, .steps = 1, .guidance = 1}, 50, 16};
  std::vector<int> done;
  const MeasuredAdherence measured = measure_adherence(
      {model, vae, training.setup.recipe.vae, encode}, settings, [] {}, [&](int n) { done.push_back(n); });
  EXPECT_EQ(measured.right.size(), 50u);
  EXPECT_EQ(measured.adherence.of(shapes::Attribute::kAll).count, 50);
  EXPECT_EQ(measured.clips.size(), kSheetClips);
  EXPECT_EQ(done, (std::vector<int>{16, 32, 48, 50}));
}

}  // namespace
}  // namespace clipmill
