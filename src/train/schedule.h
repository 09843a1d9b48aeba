// Step sizes over the course of a run.
#pragma once

#include "recipe/recipe.h"

namespace clipmill {

/// Linear warm-up, then a cosine from the full rate to final_rate of it at `steps`; `step` counts from 0.
double learning_rate(const OptimizerRecipe& recipe, int step);

/// Decay of the averaged weights at `step`: younger averages forget faster, min(decay, (1 + step)/(10 +
/// step)).
double ema_decay(double decay, int step);

}  // namespace clipmill
