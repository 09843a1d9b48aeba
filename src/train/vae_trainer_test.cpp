// Both trainers where they go on from a saved state, and the VAE's change to its decoder alone.
#include "train/vae_trainer.h"

#include <gtest/gtest.h>

#include <set>

#include "train/test_training.h"

namespace clipmill {
namespace {

using test::copied;
using test::equal;
using test::Training;

TrainRecipe three_and_three() {
  TrainRecipe recipe = test::tiny_training_recipe();
  recipe.train_vae.optimizer.steps = recipe.train_vae.decoder_steps = 3;
  recipe.train_vae.optimizer.warmup = recipe.train_transformer.optimizer.warmup = 1;
  recipe.train_vae.latent_noise = 0.1;
  recipe.train_vae.image_steps = 1;
  recipe.data.buckets = {{16, 16, 5, 2}, {32, 16, 1, 1}};
  return recipe;
}

TEST(VaeTrainer, GoesOnFromASavedStepToTheSameBytes) {
  Training whole(three_and_three());
  ASSERT_EQ(whole.vae->steps(), 6);
  std::vector<Parameters::Named> states;
  for (int step = 0; step < 6; ++step) {
    EXPECT_TRUE(std::isfinite(whole.vae->step(step).loss));
    states.push_back(copied(whole.vae->state()));
  }
  for (const int saved : {1, 3, 4}) {  // in the first phase, between the two, in the second
    Training resumed(three_and_three());
    resumed.vae->load(states[static_cast<std::size_t>(saved - 1)], saved);
    for (int step = saved; step < 6; ++step) resumed.vae->step(step);
    EXPECT_TRUE(equal(resumed.vae->state(), states.back())) << "from step " << saved;
  }
}

TEST(VaeTrainer, InTheDecoderPhaseTheEncoderStaysAsItsAverageWas) {
  Training training(three_and_three());
  for (int step = 0; step < 3; ++step) training.vae->step(step);
  const Parameters::Named before = copied(training.vae->average().named());
  for (int step = 3; step < 6; ++step) training.vae->step(step);
  const auto& after = training.vae->average().named();
  std::set<std::string> changed;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string& name = before[i].first;
    const bool same = at::equal(before[i].second, after[i].second);
    const bool of_decoder = name.starts_with("decoder.") || name.starts_with("post_quant_conv.");
    EXPECT_TRUE(same || of_decoder) << name;
    if (!same) changed.insert(name);
  }
  EXPECT_TRUE(changed.contains("decoder.conv_out.weight"));
}

TEST(FlowTrainer, GoesOnFromASavedStepToTheSameBytes) {
  Training whole(three_and_three());
  std::vector<Parameters::Named> states;
  for (int step = 0; step < 4; ++step) {
    whole.transformer->step(step);
    states.push_back(copied(whole.transformer->state()));
  }
  for (const int saved : {1, 3}) {
    Training resumed(three_and_three());
    resumed.transformer->load(states[static_cast<std::size_t>(saved - 1)]);
    for (int step = saved; step < 4; ++step) resumed.transformer->step(step);
    EXPECT_TRUE(equal(resumed.transformer->state(), states.back())) << "from step " << saved;
  }
}

}  // namespace
}  // namespace clipmill
