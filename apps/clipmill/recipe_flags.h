// What commands that take a recipe or a model's clips have in common.
#pragma once

#include <string>
#include <vector>

#include "cost/limits.h"
#include "recipe/recipe.h"

namespace clipmill {

/// The training recipe in the file `config` under "KEY=VALUE" `settings`; with `output`, if not empty, as its
/// output, relative to the working directory. Throws Error(kInput), ManifestError.
TrainRecipe train_recipe_of(const std::string& config, const std::vector<std::string>& settings,
                            const std::string& output = "");

/// `folder` as it goes into a recipe: absolute, without a slash at its end.
std::string absolute_model(const std::string& folder);

/// Why a model of these limits cannot make clips of this size and length; empty if it can.
std::vector<std::string> violations(const Bucket& bucket, const ModelLimits& limits);

}  // namespace clipmill
