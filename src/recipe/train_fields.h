// Every key of a training recipe. A new setting is a line here, and its use in the trainer.
#pragma once

#include <span>

#include "recipe/recipe_field.h"

namespace clipmill {

std::span<const RecipeField<TrainRecipe>> train_fields();

}  // namespace clipmill
