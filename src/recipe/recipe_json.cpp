#include "recipe/recipe_json.h"

#include <nlohmann/json.hpp>

#include "recipe/batch_fields.h"
#include "recipe/evaluate_fields.h"
#include "recipe/recipe_reader.h"
#include "recipe/train_fields.h"

namespace clipmill {
namespace {

template <typename Recipe>
Recipe recipe_from(std::string_view text, std::span<const RecipeField<Recipe>> fields) try {
  Recipe recipe;
  const auto tree = nlohmann::json::parse(text);
  if (!tree.is_object()) throw input_error("recipe: must be an object of settings");
  const auto problems = read_settings(tree, fields, recipe);
  if (!problems.empty()) throw input_error("recipe: {}", problems.front().message);
  return recipe;
} catch (const nlohmann::json::exception& error) {
  throw input_error("recipe: {}", error.what());
}

}  // namespace

nlohmann::json to_json(const TrainRecipe& recipe) { return settings_json(recipe, train_fields()); }
nlohmann::json to_json(const EvaluateRecipe& recipe) { return settings_json(recipe, evaluate_fields()); }
nlohmann::json to_json(const BatchRecipe& recipe) { return settings_json(recipe, batch_fields()); }

TrainRecipe train_recipe_from(std::string_view json) { return recipe_from(json, train_fields()); }
EvaluateRecipe evaluate_recipe_from(std::string_view json) { return recipe_from(json, evaluate_fields()); }
BatchRecipe batch_recipe_from(std::string_view json) { return recipe_from(json, batch_fields()); }

}  // namespace clipmill
