// A training recipe from its TOML file.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "recipe/located_json.h"
#include "recipe/recipe.h"

namespace clipmill {

/// A setting given beside the file, which wins over it.
struct Setting {
  std::string key;  ///< "seed", "train_vae.steps"
  nlohmann::json value;
};

/// "train_vae.steps=200" as --set takes it; the value is TOML's, or a text without quotes. Throws
/// Error(kInput).
Setting parse_setting(std::string_view text);

/// The recipe as it will run: everything checked and derived, a base model's structure filled in, paths
/// absolute. `output` is relative to the file's folder; `base` and `data.folder` are looked for there first,
/// then in the working directory. Throws ManifestError with everything that is wrong and its lines,
/// Error(kIo) if the file cannot be read.
TrainRecipe read_train_recipe(const std::filesystem::path& file, std::span<const Setting> settings = {});

/// The same from memory; `file` is for messages and paths.
TrainRecipe parse_train_recipe(std::string_view text, const std::filesystem::path& file,
                               std::span<const Setting> settings = {});

/// The keys with their defaults and what they mean, for people.
std::string train_keys();

}  // namespace clipmill
