// What a training run leaves in its folder.
#pragma once

#include "recipe/recipe.h"

namespace clipmill {

enum class Product { kModel, kVae, kLora };

inline constexpr const char* kLoraFile = "pytorch_lora_weights.safetensors";  ///< as Diffusers names it

/// A base whose decoder alone was trained keeps its latents, which its transformer fits.
inline Product product_of(const TrainRecipe& recipe) {
  if (recipe.lora.rank > 0) return Product::kLora;
  if (recipe.train_transformer.optimizer.steps > 0) return Product::kModel;
  const bool other_latents = recipe.base.empty() || recipe.train_vae.optimizer.steps > 0;
  return other_latents ? Product::kVae : Product::kModel;
}

}  // namespace clipmill
