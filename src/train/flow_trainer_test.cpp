#include "train/flow_trainer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "train/initialize.h"

namespace clipmill {
namespace {

TrainRecipe tiny_recipe(int accumulate) {
  TrainRecipe recipe;
  recipe.vae.z_dim = 4;
  recipe.vae.latents_mean.assign(4, 0.0);
  recipe.vae.latents_std.assign(4, 1.0);
  recipe.text_encoder.vocab_size = 10;
  recipe.text_encoder.d_model = 16;
  recipe.text_encoder.d_kv = 8;
  recipe.text_encoder.d_ff = 16;
  recipe.text_encoder.num_layers = 1;
  recipe.text_encoder.num_heads = 2;
  recipe.transformer.num_attention_heads = 2;
  recipe.transformer.attention_head_dim = 12;
  recipe.transformer.in_channels = recipe.transformer.out_channels = 4;
  recipe.transformer.text_dim = recipe.transformer.freq_dim = 16;
  recipe.transformer.ffn_dim = 32;
  recipe.transformer.num_layers = 2;
  recipe.train_transformer.optimizer.steps = 10;
  recipe.train_transformer.optimizer.batch = 8;
  recipe.train_transformer.optimizer.accumulate = accumulate;
  return recipe;
}

LatentSet random_latents() {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(std::uint64_t{7});
  return {{{Bucket{32, 32, 5},
            at::randn({6, 4, 2, 4, 4}, generator, at::TensorOptions(at::kFloat)),
            {0, 1, 2, 0, 1, 2}}},
          {"a", "b", "c"}};
}

/// Captions of different lengths, so that parts of a batch are padded differently.
const std::vector<TokenIds> kTokens = {{3, 4, 1}, {5, 1}, {6, 7, 8, 9, 1}, {1}};

struct Trained {
  std::vector<StepResult> steps;
  std::shared_ptr<Parameters> parameters = std::make_shared<Parameters>();

  explicit Trained(const TrainRecipe& recipe) {
    parameters->add_new("text_encoder.", text_encoder_layout(recipe.text_encoder),
                        text_encoder_initializer(recipe.text_encoder), 1, at::kCPU);
    parameters->add_new("transformer.", transformer_layout(recipe.transformer),
                        transformer_initializer(recipe.transformer), 2, at::kCPU);
    FlowTrainer trainer(recipe, random_latents(), kTokens, parameters,
                        whole_model(recipe.text_encoder, recipe.transformer), at::kCPU);
    for (int step = 0; step < 4; ++step) steps.push_back(trainer.step(step));
  }
};

TEST(FlowTrainer, TheSameStepInPartsOfTheBatch) {
  const Trained whole(tiny_recipe(1)), parts(tiny_recipe(4));
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    EXPECT_NEAR(whole.steps[i].loss, parts.steps[i].loss, 1e-5) << i;
    EXPECT_NEAR(whole.steps[i].grad_norm, parts.steps[i].grad_norm, 1e-4) << i;
  }
}

TEST(FlowTrainer, TheSameBitsWithCheckpointing) {
  TrainRecipe checkpointed = tiny_recipe(1);
  checkpointed.segments = 2;
  const Trained plain(tiny_recipe(1)), segments(checkpointed);
  for (const auto& [name, tensor] : plain.parameters->named())
    EXPECT_TRUE(at::equal(tensor, segments.parameters->tensor(name))) << name;
}

}  // namespace
}  // namespace clipmill
