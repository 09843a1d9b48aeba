// A tree of settings into a recipe, by its table of fields.
#pragma once

#include <algorithm>
#include <span>

#include "recipe/located_json.h"
#include "recipe/recipe_field.h"

namespace clipmill {

/// What a setting is called: a key within a section.
struct FieldName {
  std::string_view section, key;

  std::string pointer() const {
    return section.empty() ? fmt::format("/{}", key) : fmt::format("/{}/{}", section, key);
  }
  /// "train_vae.steps"
  std::string dotted() const {
    return section.empty() ? std::string(key) : fmt::format("{}.{}", section, key);
  }
};

/// Calls `take(i, value)` for every value of `tree` that `names[i]` names; Errors that it throws become
/// problems, as do keys and tables that nobody knows, with the nearest one that there is.
std::vector<RecipeProblem> read_settings(const nlohmann::json& tree, std::span<const FieldName> names,
                                         const std::function<void(std::size_t, const nlohmann::json&)>& take);

template <typename Recipe>
std::vector<RecipeProblem> read_settings(const nlohmann::json& tree,
                                         std::span<const RecipeField<Recipe>> fields, Recipe& recipe) {
  std::vector<FieldName> names;
  for (const auto& field : fields) names.push_back({field.section, field.key});
  return read_settings(tree, names,
                       [&](std::size_t i, const nlohmann::json& value) { fields[i].set(recipe, value); });
}

/// The inverse.
template <typename Recipe>
nlohmann::json settings_json(const Recipe& recipe, std::span<const RecipeField<Recipe>> fields) {
  auto tree = nlohmann::json::object();
  for (const auto& field : fields) {
    if (nlohmann::json value = field.get(recipe); !value.is_null())
      tree[nlohmann::json::json_pointer(FieldName{field.section, field.key}.pointer())] = std::move(value);
  }
  return tree;
}

}  // namespace clipmill
