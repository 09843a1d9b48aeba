// Every setting of the search for the largest batch.
#pragma once

#include <span>

#include "recipe/recipe_field.h"

namespace clipmill {

std::span<const RecipeField<BatchRecipe>> batch_fields();

}  // namespace clipmill
