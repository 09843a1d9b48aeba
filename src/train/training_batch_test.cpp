// Steps that are only tried, and the batches found by them, on real trainers.
#include "train/training_batch.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "train/budget_scope.h"
#include "train/test_training.h"
#include "vram/batch_driver.h"

namespace clipmill {
namespace {

std::int64_t counted(const ProbeBatch& probe) {
  std::int64_t size = 0;
  while (probe(size + 1).fits) ++size;
  return size;
}

TEST(TrialSteps, LeaveTheTrainersAsTheyWere) {
  test::Training training;
  training.vae->step(0), training.transformer->step(0);
  const auto vae = test::copied(training.vae->state()), flow = test::copied(training.transformer->state());
  const auto device = open_device("cpu");
  const std::int64_t held = device->memory().current;
  for (const TrialSteps& trials : {training.vae->trials(), training.transformer->trials()}) {
    for (const StepShape& shape : trials.shapes) trials.run(shape, 3);
  }
  EXPECT_TRUE(test::equal(training.vae->state(), vae));
  EXPECT_TRUE(test::equal(training.transformer->state(), flow));
  EXPECT_LE(device->memory().current, held) << "gradients of the last step are gone at most";
}

TEST(TrialSteps, AVaeHasPicturesAndClipsInEverySize) {
  TrainRecipe recipe = test::tiny_training_recipe();
  recipe.train_vae.image_steps = 3;
  test::Training training(recipe);
  const auto shapes = training.vae->trials().shapes;
  EXPECT_EQ(shapes.size(), 4u) << "two sizes, each as picture and as clip";
  recipe.train_vae.image_steps = 100;
  test::Training pictures(recipe);
  for (const StepShape& shape : pictures.vae->trials().shapes) EXPECT_EQ(shape.bucket.frames, 1);
}

TEST(TrialSteps, CountTheRestAfterAnOutOfMemory) {
  test::Training training;
  const auto device = open_device("cpu");
  const TrialSteps trials = training.transformer->trials();
  trials.run(trials.shapes.front(), 1);
  const std::int64_t held = device->memory().current;
  {
    const BudgetScope cap(*device, held + (64 << 10));
    EXPECT_THROW(trials.run(trials.shapes.front(), 4), c10::OutOfMemoryError);
  }
  EXPECT_EQ(device->memory().current, held);
  trials.run(trials.shapes.front(), 4);
}

class FoundTrainingBatch : public testing::TestWithParam<std::tuple<bool, int>> {};

/// Exact, by counting through: of both trainers, in one part or several.
TEST_P(FoundTrainingBatch, IsTheLargestThatFits) {
  const auto [of_vae, parts] = GetParam();
  TrainRecipe recipe = test::tiny_training_recipe();
  recipe.train_vae.optimizer.accumulate = recipe.train_transformer.optimizer.accumulate = parts;
  recipe.train_vae.buckets = {{32, 32, 5, 1}, {32, 32, 1, 1}};  // clips are drawn in every trial
  test::Training training(recipe);
  const auto device = open_device("cpu");
  const TrialSteps trials = of_vae ? training.vae->trials() : training.transformer->trials();
  const ProbeBatch probe = training_probe(*device, trials);
  probe(1);
  const std::int64_t held = device->memory().current;
  // Half-way between two sizes: malloc rounds a little otherwise from time to time.
  const std::int64_t budget = (probe(10).bytes + probe(11).bytes) / 2;
  const BudgetScope cap(*device, budget);
  const FoundBatch found = search_training_batch(*device, trials, {512, budget, 1000});
  EXPECT_EQ(device->memory().current, held);
  EXPECT_GT(found.size.largest, parts);
  EXPECT_EQ(found.size.largest, parts * counted(probe));
  EXPECT_EQ(found.limit, BatchLimit::kMemory);
}

INSTANTIATE_TEST_SUITE_P(Trainers, FoundTrainingBatch,
                         testing::Combine(testing::Bool(), testing::Values(1, 2)));

/// Captions of very different lengths, the long one seldom: every step to come fits, not only the first.
TEST(FoundFlowBatch, FitsWhateverALaterStepDraws) {
  for (const int parts : {1, 2}) {
    TrainRecipe recipe = test::tiny_training_recipe();
    recipe.data.buckets = {{32, 32, 5, 1}};
    recipe.text_encoder.d_ff = 256;
    recipe.train_transformer.optimizer.steps = 100;
    recipe.train_transformer.optimizer.accumulate = parts;
    const test::Training training(recipe);
    const TrainRecipe& learned = training.setup.recipe;
    constexpr std::int64_t kCaptions = 40;
    const LatentSet latents{{blank_latents(recipe.data.buckets[0], learned.vae, kCaptions, kCaptions)}, {}};
    std::vector<TokenIds> tokens;
    for (std::int64_t i = 0; i < kCaptions; ++i) tokens.emplace_back(i == 17 ? 300 : 3 + i % 4, i + 1);
    tokens.push_back({1});
    FlowTrainer trainer(learned, latents, std::move(tokens), training.setup.flow_parameters(),
                        whole_model(learned.text_encoder, learned.transformer), at::kCPU);
    const auto device = open_device("cpu");
    const TrialSteps trials = trainer.trials();
    const ProbeBatch probe = training_probe(*device, trials);
    probe(1);
    const std::int64_t held = device->memory().current;
    const std::int64_t budget = held + 6 * (probe(1).bytes - held);
    const BudgetScope cap(*device, budget);
    const FoundBatch found = search_training_batch(*device, trials, {512, budget, 1000});
    EXPECT_EQ(found.limit, BatchLimit::kMemory);
    trainer.set_batch(static_cast<int>(found.size.largest));
    for (int step = 0; step < 50; ++step) ASSERT_NO_THROW(trainer.step(step)) << parts << ", " << step;
  }
}

/// A long clip that comes seldom decides, not the short one that comes first.
TEST(HeaviestStep, IsTheShapeThatNeedsMost) {
  TrainRecipe recipe = test::tiny_training_recipe();
  recipe.data.buckets = {{32, 32, 5, 100}, {64, 64, 17, 1}};
  test::Training training(recipe);
  const auto device = open_device("cpu");
  const TrialSteps trials = training.transformer->trials();
  EXPECT_EQ(heaviest_step(*device, trials, 1).bucket.frames, 17)
      << "one clip of it is more than one short one";
}

}  // namespace
}  // namespace clipmill
