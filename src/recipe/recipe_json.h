// Recipes as the text that a job carries (JobSpec::recipe): JSON with the same keys as the TOML file.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "recipe/recipe.h"

namespace clipmill {

nlohmann::json to_json(const TrainRecipe& recipe);
nlohmann::json to_json(const EvaluateRecipe& recipe);
nlohmann::json to_json(const BatchRecipe& recipe);

/// Each value within its own bounds; how they fit together was checked when the job was made. Throws
/// Error(kInput) naming the key.
TrainRecipe train_recipe_from(std::string_view json);
EvaluateRecipe evaluate_recipe_from(std::string_view json);
BatchRecipe batch_recipe_from(std::string_view json);

}  // namespace clipmill
