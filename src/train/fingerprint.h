// What the result of a part of a run depends on: a changed recipe repeats only what it touches.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "recipe/recipe.h"

namespace clipmill {

/// Of the steps of one phase.
struct Fingerprint {
  /// What is trained, on what: with another one a saved state means nothing.
  nlohmann::json subject = nlohmann::json::object();
  /// How: rates, batches, numbers of steps, precision. A saved state can go on under another one.
  nlohmann::json course = nlohmann::json::object();

  bool operator==(const Fingerprint&) const = default;
  std::string text() const {
    return (nlohmann::json{{"subject", subject}, {"course", course}}).dump(2) + "\n";
  }
};

/// What the recipe names but does not contain; empty where there is none.
struct Surroundings {
  std::string clips;  ///< Dataset::identity()
  std::string base;   ///< JobSpec::inputs: the base model's files
  std::string vae;    ///< hash_of() the finished VAE; a VAE itself does not depend on it
};

Fingerprint vae_fingerprint(const TrainRecipe& recipe, const Surroundings& around = {});
Fingerprint transformer_fingerprint(const TrainRecipe& recipe, const Surroundings& around = {});
/// Latents are made at once, so there is nothing to go on with.
std::string latents_fingerprint(const TrainRecipe& recipe, const Surroundings& around = {});

/// "data.clips is 3000, was 6000; the base model's files have changed", for people; empty if nothing differs.
std::string differences(const nlohmann::json& before, const nlohmann::json& now);

}  // namespace clipmill
