#include "recipe/recipe_file.h"

#include <algorithm>

#include "base/atomic_file.h"
#include "checkpoint/model_folder.h"
#include "manifest/report.h"
#include "recipe/recipe_checks.h"
#include "recipe/recipe_reader.h"
#include "recipe/toml_tree.h"
#include "recipe/train_fields.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

void report(const fs::path& file, const LocatedJson& tree, const std::vector<RecipeProblem>& problems) {
  std::vector<Diagnostic> diagnostics;
  for (const auto& [pointer, message] : problems) {
    const Place place = tree.place_of(pointer);
    const std::string source = place.source.empty() ? "" : place.source + ": ";
    diagnostics.push_back({{}, place.line, place.column, source + message});
  }
  report_problems(file.string(), std::move(diagnostics));
}

/// Over what the file says; an unknown section is left for the reader to name.
void apply(const Setting& setting, LocatedJson& tree) {
  std::string path = "/" + setting.key;
  std::ranges::replace(path, '.', '/');
  const json::json_pointer pointer(path);
  const auto parent = pointer.parent_pointer();
  if (!parent.empty() && (!tree.value.contains(parent) || !tree.value.at(parent).is_object()))
    tree.value[parent] = json::object();
  tree.value[pointer] = setting.value;
  tree.places[path] = {0, 0, "--set " + setting.key};
}

std::string found_path(const std::string& path, const fs::path& folder) {
  if (path.empty()) return path;
  const fs::path beside = folder / path;  // an absolute path stays itself
  return fs::absolute(fs::exists(beside) ? beside : fs::path(path)).lexically_normal().string();
}

void resolve(TrainRecipe& recipe, const fs::path& folder) {
  if (!recipe.output.empty()) recipe.output = (folder / recipe.output).lexically_normal().string();
  recipe.base = found_path(recipe.base, folder);
  recipe.data.folder = found_path(recipe.data.folder, folder);
}

std::vector<RecipeProblem> check_folders(const TrainRecipe& recipe) {
  std::vector<RecipeProblem> problems;
  if (!recipe.data.folder.empty() && !fs::is_directory(recipe.data.folder))
    problems.push_back(
        {"/data/folder", fmt::format("data.folder: there is no folder {}", recipe.data.folder)});
  if (!recipe.base.empty() && fs::weakly_canonical(recipe.base) == fs::weakly_canonical(recipe.output))
    problems.push_back({"/output", "output would overwrite the base model"});
  return problems;
}

/// What the recipe says of the model, as far as a base decides it.
std::vector<RecipeProblem> adopt_base(TrainRecipe& recipe) try {
  if (recipe.base.empty()) return {};
  const ModelFolder base = ModelFolder::open(recipe.base);
  recipe.vae = base.vae_config();
  recipe.text_encoder = base.text_encoder_config();
  recipe.transformer = base.transformer_config();
  recipe.flow_shift = base.scheduler_config().flow_shift;
  if (base.index().has_transformer_2) return {{"/base", "base has two transformers: training takes one"}};
  return {};
} catch (const Error& error) {
  return {{"/base", fmt::format("base: {}", error.what())}};
}

LocatedJson tree_of(std::string_view text, const fs::path& file, std::span<const Setting> settings) {
  std::vector<Diagnostic> problems;
  LocatedJson tree = read_toml_tree(text, problems);
  report_problems(file.string(), std::move(problems));
  for (const Setting& setting : settings) apply(setting, tree);
  return tree;
}

}  // namespace

Setting parse_setting(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view key = text.substr(0, equals);
  const bool plain = key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789.") == key.npos;
  if (equals == text.npos || key.empty() || !plain || std::ranges::count(key, '.') > 1)
    throw input_error("--set takes KEY=VALUE, as train_vae.steps=200, not \"{}\"", text);
  return {std::string(key), toml_value(text.substr(equals + 1))};
}

TrainRecipe parse_train_recipe(std::string_view text, const fs::path& file,
                               std::span<const Setting> settings) {
  const LocatedJson tree = tree_of(text, file, settings);
  const Given given = [&](const std::string& pointer) { return tree.has(pointer); };
  TrainRecipe recipe;
  report(file, tree, read_settings(tree.value, train_fields(), recipe));
  resolve(recipe, fs::absolute(file).parent_path());
  report(file, tree, check_folders(recipe));
  const double flow_shift = recipe.flow_shift;
  report(file, tree, adopt_base(recipe));
  if (given("/flow_shift")) recipe.flow_shift = flow_shift;
  derive(recipe, given);
  report(file, tree, violations(recipe, given));
  return recipe;
}

TrainRecipe read_train_recipe(const fs::path& file, std::span<const Setting> settings) {
  return parse_train_recipe(read_file(file), file, settings);
}

std::string train_keys() {
  const TrainRecipe defaults;
  std::string text, section;
  for (const auto& field : train_fields()) {
    if (field.section != std::exchange(section, field.section)) text += fmt::format("\n[{}]\n", section);
    const json value = field.get(defaults);
    const bool derived = value.is_null() || field.help.find("default: ") != field.help.npos;
    text += fmt::format("{:<34} {}\n", derived ? field.key : fmt::format("{} = {}", field.key, value.dump()),
                        field.help);
  }
  return text;
}

}  // namespace clipmill
