#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace clipmill {

double learning_rate(const OptimizerRecipe& recipe, int step) {
  if (step < recipe.warmup) return recipe.learning_rate * (step + 1) / recipe.warmup;
  const double progress =
      static_cast<double>(step - recipe.warmup) / std::max(1, recipe.steps - recipe.warmup);
  const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, progress)));
  return recipe.learning_rate * (recipe.final_rate + (1 - recipe.final_rate) * cosine);
}

double ema_decay(double decay, int step) { return std::min(decay, (1.0 + step) / (10.0 + step)); }

}  // namespace clipmill
