// Buckets as they are written: { size = "64x64", frames = 17, weight = 1 }.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "recipe/recipe.h"

namespace clipmill {

/// Throws Error(kInput).
std::vector<Bucket> buckets_of(const nlohmann::json& value);
nlohmann::json buckets_json(const std::vector<Bucket>& buckets);
/// "64x64" into width and height. Throws Error(kInput).
void set_size(Bucket& bucket, const std::string& text);

}  // namespace clipmill
