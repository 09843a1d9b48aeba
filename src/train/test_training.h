// For tests: a training of a few thousand parameters, ready for its first step.
#pragma once

#include "checkpoint/test_folder.h"
#include "train/training_setup.h"

namespace clipmill::test {

inline TrainRecipe tiny_training_recipe() {
  TrainRecipe recipe;
  recipe.data.world = "shapes";
  recipe.data.clips = 6;
  recipe.data.buckets = {{32, 32, 5, 2}, {48, 32, 9, 1}};
  recipe.vae.base_dim = recipe.vae.decoder_base_dim = 4;
  recipe.vae.z_dim = 4;
  recipe.vae.num_res_blocks = 1;
  recipe.vae.dim_mult = {1, 1, 1};
  recipe.vae.temperal_downsample = {true, true};
  recipe.vae.scale_factor_spatial = recipe.vae.scale_factor_temporal = 4;
  recipe.text_encoder.d_model = recipe.text_encoder.d_ff = 16;
  recipe.text_encoder.d_kv = 8;
  recipe.text_encoder.num_layers = 1, recipe.text_encoder.num_heads = 2;
  recipe.transformer.num_attention_heads = 2, recipe.transformer.attention_head_dim = 12;
  recipe.transformer.in_channels = recipe.transformer.out_channels = 4;
  recipe.transformer.text_dim = recipe.transformer.freq_dim = 16;
  recipe.transformer.ffn_dim = 32, recipe.transformer.num_layers = 4;
  recipe.train_vae.optimizer.steps = recipe.train_transformer.optimizer.steps = 8;
  recipe.train_vae.optimizer.batch = recipe.train_transformer.optimizer.batch = 2;
  recipe.train_vae.decoder_steps = 2;
  return recipe;
}

/// `recipe` with trainers on it; latents are blank.
struct Training {
  explicit Training(TrainRecipe recipe = tiny_training_recipe(), at::Device device = at::kCPU)
      : setup(recipe, folder.path(), device) {
    LatentSet latents{{}, setup.data().captions()};
    for (const Bucket& bucket : setup.recipe.data.buckets)
      latents.buckets.push_back(blank_latents(bucket, setup.recipe.vae, 3, 3));
    vae = setup.vae_trainer();
    transformer = setup.flow_trainer(latents);
  }

  TestFolder folder;
  TrainingSetup setup;
  std::unique_ptr<VaeTrainer> vae;
  std::unique_ptr<FlowTrainer> transformer;
};

/// A copy, since trainers change their own in place.
inline Parameters::Named copied(const Parameters::Named& state) {
  Parameters::Named copies;
  for (const auto& [name, tensor] : state) copies.emplace_back(name, tensor.clone());
  return copies;
}

/// Bit for bit.
inline bool equal(const Parameters::Named& a, const Parameters::Named& b) {
  return std::ranges::equal(
      a, b, [](const auto& x, const auto& y) { return x.first == y.first && at::equal(x.second, y.second); });
}

}  // namespace clipmill::test
