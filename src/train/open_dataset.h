// From a recipe to its dataset.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "train/dataset.h"

namespace clipmill {

/// The world or the folder that `recipe` names. What was left out of a folder (data.broken = "skip") is added to
/// `skipped`, one line each. Throws Error(kInput) for an unknown world, none or both, and as the datasets do.
std::unique_ptr<Dataset> open_dataset(const DataRecipe& recipe, std::uint64_t seed,
                                      std::vector<std::string>* skipped = nullptr);

}  // namespace clipmill
