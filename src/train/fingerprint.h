// What the result of a phase depends on, as text: a changed recipe repeats only what it touches.
#pragma once

#include <string>

#include "recipe/recipe.h"

namespace clipmill {

std::string vae_fingerprint(const TrainRecipe& recipe);
std::string latents_fingerprint(const TrainRecipe& recipe);
std::string transformer_fingerprint(const TrainRecipe& recipe);

}  // namespace clipmill
