#include "recipe/recipe_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "recipe/batch_fields.h"
#include "recipe/evaluate_fields.h"
#include "recipe/train_fields.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Some value; which settings take it, they say themselves.
json arbitrary_value() {
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
      return *rc::gen::inRange(-2, 100);
    case 1:
      return *rc::gen::inRange(0, 1000) / 1000.0;
    case 2:
      return *rc::gen::element<std::string>("fp16", "bf16", "auto", "shapes", "skip", "x é生", "");
    case 3:
      return *rc::gen::arbitrary<bool>();
    case 4:
      return *rc::gen::container<std::vector<int>>(3, rc::gen::inRange(1, 9));
    case 5:
      return *rc::gen::container<std::vector<bool>>(rc::gen::arbitrary<bool>());
    case 6:
      return json::array({{{"size", "64x48"}, {"frames", *rc::gen::inRange(1, 99)}, {"weight", 0.25}}});
    default:
      return json::array({"q", "ffn"});
  }
}

/// Whether `field` took the value.
template <typename Recipe>
bool set(const RecipeField<Recipe>& field, Recipe& recipe, const json& value) {
  try {
    field.set(recipe, value);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return false;
  }
}

template <typename Recipe>
Recipe arbitrary_recipe(std::span<const RecipeField<Recipe>> fields) {
  Recipe recipe;
  for (const auto& field : fields) {
    for (int i = 0; i < 4; ++i) set(field, recipe, arbitrary_value());
  }
  return recipe;
}

RC_GTEST_PROP(RecipeJson, BringsEveryTrainRecipeBack, ()) {
  const std::string text = to_json(arbitrary_recipe(train_fields())).dump();
  RC_ASSERT(to_json(train_recipe_from(text)).dump() == text);
}

RC_GTEST_PROP(RecipeJson, BringsEveryEvaluateRecipeBack, ()) {
  const std::string text = to_json(arbitrary_recipe(evaluate_fields())).dump();
  RC_ASSERT(to_json(evaluate_recipe_from(text)).dump() == text);
}

RC_GTEST_PROP(RecipeJson, BringsEveryBatchRecipeBack, ()) {
  const std::string text = to_json(arbitrary_recipe(batch_fields())).dump();
  RC_ASSERT(to_json(batch_recipe_from(text)).dump() == text);
}

/// Two keys for one member, or a key that sets another's, would show here.
TEST(RecipeJson, EveryKeySetsItsOwnMember) {
  for (const auto& field : train_fields()) {
    const json before = to_json(TrainRecipe());
    TrainRecipe recipe;
    bool changed = false;
    for (const json& value :
         {json(9), json(77), json(0.03125), json("fp16"), json("bf16"), json("skip"), json(true), json(false),
          json{7, 7, 7}, json{true}, json{"q"}, json::array({{{"frames", 5}}})}) {
      recipe = TrainRecipe();
      changed = set(field, recipe, value) && to_json(recipe) != before;
      if (changed) break;
    }
    EXPECT_TRUE(changed) << field.section << "." << field.key;
    const json difference = json::diff(before, to_json(recipe));
    const std::string pointer = (field.section.empty() ? "" : "/" + field.section) + "/" + field.key;
    for (const json& step : difference)
      EXPECT_THAT(step.at("path").get<std::string>(), testing::StartsWith(pointer));
  }
}

TEST(RecipeJson, KeysAreDistinctAndExplained) {
  std::set<std::string> keys;
  for (const auto& field : train_fields()) {
    EXPECT_TRUE(keys.insert(field.section + "." + field.key).second) << field.key;
    EXPECT_FALSE(field.help.empty()) << field.key;
  }
}

TEST(RecipeJson, DefaultsAreValuesTheTableItselfAccepts) {
  const TrainRecipe train;
  for (const auto& field : train_fields()) {
    TrainRecipe scratch;
    if (const json value = field.get(train); !value.is_null()) {
      EXPECT_NO_THROW(field.set(scratch, value)) << field.key;
    }
  }
  EXPECT_NO_THROW(evaluate_recipe_from(to_json(EvaluateRecipe()).dump()));
  EXPECT_NO_THROW(batch_recipe_from(to_json(BatchRecipe()).dump()));
}

TEST(RecipeJson, MemoryAndBatchAreReadAsPeopleWriteThem) {
  const TrainRecipe recipe =
      train_recipe_from(R"({"memory": "1.5 GiB", "segments": "auto", "train_vae": {"batch": "auto"}})");
  EXPECT_EQ(recipe.memory, std::int64_t{3} << 29);
  EXPECT_EQ(recipe.segments, kAutoSegments);
  EXPECT_EQ(recipe.train_vae.optimizer.batch, kAutoBatch);
  EXPECT_EQ(train_recipe_from(to_json(recipe).dump()).memory, recipe.memory);
  EXPECT_FALSE(to_json(TrainRecipe()).contains("memory"))
      << "recipes of runs that began before it stay the same";
}

TEST(RecipeJson, WhatIsWrongIsInputAndNamed) {
  const auto error_of = [](std::string_view text) -> std::string {
    try {
      train_recipe_from(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(error_of(R"({"seed": -1})"), "recipe: seed must be from 0 to 9223372036854775807, not -1");
  EXPECT_EQ(error_of(R"({"seed": 18446744073709551615})"),
            "recipe: seed must be from 0 to 9223372036854775807, not 18446744073709551615");
  EXPECT_EQ(error_of(R"({"vae": {"dim_mult": [1, "2"]}})"),
            "recipe: vae.dim_mult must be a whole number, not \"2\"");
  EXPECT_THAT(error_of("{"), HasSubstr("recipe: "));
  EXPECT_THAT(error_of("[]"), HasSubstr("recipe: "));
}

}  // namespace
}  // namespace clipmill
