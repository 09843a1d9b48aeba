#include "train/fingerprint.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "recipe/recipe_json.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::size_t kShownClips = 5;  // differences

json of_keys(const TrainRecipe& recipe, const std::vector<std::string>& keys) {
  const json all = to_json(recipe);
  json chosen = json::object();
  for (const std::string& key : keys) {
    if (all.contains(key)) chosen[key] = all[key];
  }
  return chosen;
}

/// Under names that differences() can show.
void add(json& subject, const char* what, const std::string& identity) {
  if (!identity.empty()) subject[what] = identity;
}

/// Of the data, a VAE draws fresh clips of its own sizes.
TrainRecipe as_a_vae_sees_it(const TrainRecipe& recipe) {
  TrainRecipe plain = recipe;
  if (!recipe.data.world.empty() && !recipe.train_vae.buckets.empty())
    plain.data = {.world = recipe.data.world};
  return plain;
}

std::string shown(const json& value) {
  const std::string text = value.dump();
  return text.size() <= 40 ? text : text.substr(0, 37) + "…";
}

std::string dotted(std::string pointer) {
  std::ranges::replace(pointer, '/', '.');
  return pointer.substr(1);
}

/// `change`: an operation of a JSON patch on `before`.
std::string difference(const json& before, const json& change) {
  const std::string pointer = change.at("path");
  const std::string key = dotted(pointer), kind = change.at("op");
  if (key.starts_with("the ")) return fmt::format("{} changed", key);
  if (kind == "add") return fmt::format("{} is new", key);
  if (kind == "remove") return fmt::format("{} is gone", key);
  return fmt::format("{} is {}, was {}", key, shown(change.at("value")),
                     shown(before.at(json::json_pointer(pointer))));
}

}  // namespace

Fingerprint vae_fingerprint(const TrainRecipe& recipe, const Surroundings& around) {
  Fingerprint result{of_keys(as_a_vae_sees_it(recipe), {"seed", "data", "vae"}),
                     of_keys(recipe, {"precision", "train_vae"})};
  add(result.subject, "the clips", around.clips);
  add(result.subject, "the base model", around.base);
  return result;
}

Fingerprint transformer_fingerprint(const TrainRecipe& recipe, const Surroundings& around) {
  Fingerprint result{of_keys(recipe, {"seed", "data", "text_encoder", "transformer", "vocabulary", "lora"}),
                     of_keys(recipe, {"precision", "train_transformer"})};
  add(result.subject, "the clips", around.clips);
  add(result.subject, "the base model", around.base);
  add(result.subject, "the VAE", around.vae);
  return result;
}

std::string latents_fingerprint(const TrainRecipe& recipe, const Surroundings& around) {
  json subject = of_keys(recipe, {"seed", "data"});
  add(subject, "the clips", around.clips);
  add(subject, "the VAE", around.vae);
  return subject.dump(2) + "\n";
}

std::string differences(const json& before, const json& now) {
  std::vector<std::string> lines;
  for (const json& change : json::diff(before, now)) lines.push_back(difference(before, change));
  const std::size_t more = lines.size() - std::min(lines.size(), kShownClips);
  lines.resize(lines.size() - more);
  return fmt::format("{}{}", fmt::join(lines, "; "), more > 0 ? fmt::format("; and {} more", more) : "");
}

}  // namespace clipmill
