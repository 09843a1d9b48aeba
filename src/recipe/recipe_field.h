// A setting of a recipe: where it stands in the file, what it takes, and which member it is. Reading, JSON
// both ways, checks of one value and the list of keys all come from tables of these.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/job_fields.h"
#include "recipe/bucket_json.h"
#include "recipe/json_value.h"
#include "recipe/recipe.h"

namespace clipmill {

template <typename Recipe>
struct RecipeField {
  std::string section;  ///< the table's name; empty: at the top
  std::string key;
  std::string help;
  std::function<void(Recipe&, const nlohmann::json&)>
      set;                                           ///< throws Error(kInput) that says what is allowed
  std::function<nlohmann::json(const Recipe&)> get;  ///< null: not set
};

/// Makes the fields of one section. `at` yields the member: [](auto& recipe) -> auto& { return recipe.seed;
/// }.
template <typename Recipe>
class FieldMaker {
 public:
  using Json = nlohmann::json;

  FieldMaker(std::vector<RecipeField<Recipe>>& fields, std::string section)
      : fields_(fields), section_(std::move(section)) {}

  template <typename Set, typename Get>
  void add(std::string key, Set set, Get get, std::string help) {
    fields_.push_back({section_, std::move(key), std::move(help), set, get});
  }
  template <typename At>
  void integer(std::string key, At at, std::int64_t least, std::int64_t most, std::string help) {
    add_value(
        key, at, [=](const Json& value) { return integer_of(value, least, most); }, help);
  }
  template <typename At>
  void number(std::string key, At at, double least, double most, std::string help) {
    add_value(
        key, at, [=](const Json& value) { return number_of(value, least, most); }, help);
  }
  template <typename At>
  void flag(std::string key, At at, std::string help) {
    add_value(key, at, flag_of, help);
  }
  template <typename At>
  void text(std::string key, At at, std::string help) {
    add_value(key, at, text_of, help);
  }
  template <typename At>
  void texts(std::string key, At at, std::string help) {
    add_value(key, at, texts_of, help);
  }
  template <typename At>
  void integers(std::string key, At at, int least, int most, std::string help) {
    add_value(
        key, at, [=](const Json& value) { return integers_of(value, least, most); }, help);
  }
  template <typename At>
  void precision(std::string key, At at, std::string help) {
    add(
        key, [at](Recipe& recipe, const Json& value) { at(recipe) = precision_from(text_of(value)); },
        [at](const Recipe& recipe) { return Json(to_string(at(recipe))); }, help);
  }
  /// Bytes as people write them, or a number of them; 0 is not set.
  template <typename At>
  void bytes(std::string key, At at, std::string help) {
    add(
        key, [at](Recipe& recipe, const Json& value) { at(recipe) = bytes_of(value); },
        [at](const Recipe& recipe) { return at(recipe) == 0 ? Json() : Json(at(recipe)); }, help);
  }
  template <typename At>
  void buckets(std::string key, At at, std::string help) {
    add(
        key, [at](Recipe& recipe, const Json& value) { at(recipe) = buckets_of(value); },
        [at](const Recipe& recipe) { return buckets_json(at(recipe)); }, help);
  }

 private:
  template <typename At, typename Read>
  void add_value(std::string key, At at, Read read, std::string help) {
    add(
        key,
        [at, read](Recipe& recipe, const Json& value) {
          auto& member = at(recipe);
          member = static_cast<std::remove_cvref_t<decltype(member)>>(read(value));
        },
        [at](const Recipe& recipe) { return Json(at(recipe)); }, help);
  }

  std::vector<RecipeField<Recipe>>& fields_;
  std::string section_;
};

}  // namespace clipmill
