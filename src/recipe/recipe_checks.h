// How the settings of a recipe fit together. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "recipe/located_json.h"
#include "recipe/recipe.h"

namespace clipmill {

/// Whether the setting at a JSON pointer was given.
using Given = std::function<bool(const std::string& pointer)>;

/// Fills in what follows from other settings: channels, scale factors, the text's dimension, the decoder's
/// width. Of a folder's clips adherence cannot be measured: unless asked for, it is turned off. What was
/// given stays.
void derive(TrainRecipe& recipe, const Given& given);

/// Every contradiction in `recipe` (derived): among its settings, with the model's structure (as reading the
/// finished checkpoint would find it), of its clips' sizes. Empty: fine.
std::vector<RecipeProblem> violations(const TrainRecipe& recipe, const Given& given);

}  // namespace clipmill
