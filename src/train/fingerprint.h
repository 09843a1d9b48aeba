// What the result of a phase depends on, as text: a changed recipe repeats only what it touches.
#pragma once

#include <string>

#include "recipe/recipe.h"

namespace clipmill {

/// `clips`: Dataset::identity().
std::string vae_fingerprint(const TrainRecipe& recipe, const std::string& clips = {});
std::string latents_fingerprint(const TrainRecipe& recipe, const std::string& clips = {});
/// Segments of activation checkpointing give the same bytes, so their number plays no part.
std::string transformer_fingerprint(const TrainRecipe& recipe, const std::string& clips = {});

}  // namespace clipmill
