// Every setting of a measurement.
#pragma once

#include <span>

#include "recipe/recipe_field.h"

namespace clipmill {

std::span<const RecipeField<EvaluateRecipe>> evaluate_fields();

}  // namespace clipmill
