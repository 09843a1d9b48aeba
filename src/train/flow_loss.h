// Flow matching: the straight path from data to noise, and the velocity along it.
#pragma once

#include <ATen/ATen.h>

#include "recipe/recipe.h"

namespace clipmill {

/// A noised batch. x = (1 − σ) x₀ + σ ε, v = ε − x₀, t = 1000 σ, with σ = s·u / (1 + (s − 1) u), u =
/// sigmoid(N(m, d²)).
struct NoisedBatch {
  at::Tensor x, velocity;  ///< as x₀
  at::Tensor timestep;     ///< [B]
};
NoisedBatch add_noise(const at::Tensor& x0, const FlowRecipe& recipe, at::Generator& generator);

}  // namespace clipmill
