#include "train/fingerprint.h"

#include <initializer_list>
#include <nlohmann/json.hpp>

#include "recipe/recipe_json.h"

namespace clipmill {
namespace {

std::string of_keys(const TrainRecipe& recipe, std::initializer_list<const char*> keys) {
  const nlohmann::json all = to_json(recipe);
  nlohmann::json chosen = nlohmann::json::object();
  for (const char* key : keys) {
    if (all.contains(key)) chosen[key] = all[key];
  }
  return chosen.dump(2) + "\n";
}

}  // namespace

std::string vae_fingerprint(const TrainRecipe& recipe) {
  TrainRecipe plain = recipe;  // of the data, a VAE draws fresh clips of its own buckets
  if (!recipe.data.world.empty() && !recipe.train_vae.buckets.empty())
    plain.data = {.world = recipe.data.world};
  return of_keys(plain, {"seed", "base", "precision", "data", "vae", "train_vae"});
}

std::string latents_fingerprint(const TrainRecipe& recipe) {
  return of_keys(recipe, {"seed", "base", "precision", "data", "vae", "train_vae"});
}

std::string transformer_fingerprint(const TrainRecipe& recipe) {
  return of_keys(recipe, {"seed", "base", "precision", "segments", "data", "vae", "text_encoder",
                          "transformer", "vocabulary", "train_vae", "train_transformer", "lora"});
}

}  // namespace clipmill
