#include "train/fingerprint.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "recipe/recipe_json.h"

namespace clipmill {
namespace {

/// Of a VAE, and of what it encodes.
const std::vector<std::string> kVaeKeys = {"seed", "base", "precision", "data", "vae", "train_vae"};

std::string of_keys(const TrainRecipe& recipe, const std::vector<std::string>& keys,
                    const std::string& clips) {
  const nlohmann::json all = to_json(recipe);
  nlohmann::json chosen = nlohmann::json::object();
  for (const std::string& key : keys) {
    if (all.contains(key)) chosen[key] = all[key];
  }
  if (!clips.empty()) chosen["clips"] = clips;
  return chosen.dump(2) + "\n";
}

}  // namespace

std::string vae_fingerprint(const TrainRecipe& recipe, const std::string& clips) {
  TrainRecipe plain = recipe;  // of the data, a VAE draws fresh clips of its own buckets
  if (!recipe.data.world.empty() && !recipe.train_vae.buckets.empty())
    plain.data = {.world = recipe.data.world};
  return of_keys(plain, kVaeKeys, clips);
}

std::string latents_fingerprint(const TrainRecipe& recipe, const std::string& clips) {
  return of_keys(recipe, kVaeKeys, clips);
}

std::string transformer_fingerprint(const TrainRecipe& recipe, const std::string& clips) {
  TrainRecipe plain = recipe;
  plain.segments = 0;
  return of_keys(plain,
                 {"seed", "base", "precision", "segments", "data", "vae", "text_encoder", "transformer",
                  "vocabulary", "train_vae", "train_transformer", "lora"},
                 clips);
}

}  // namespace clipmill
