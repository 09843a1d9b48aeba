#include "clipmill/recipe_flags.h"

#include <filesystem>

#include "base/error.h"
#include "recipe/recipe_file.h"

namespace clipmill {
namespace fs = std::filesystem;

TrainRecipe train_recipe_of(const std::string& config, const std::vector<std::string>& settings,
                            const std::string& output) {
  if (!fs::exists(config)) throw input_error("no such recipe: {}", config);
  std::vector<Setting> parsed;
  for (const std::string& text : settings) parsed.push_back(parse_setting(text));
  if (!output.empty()) parsed.push_back({"output", fs::absolute(output).lexically_normal().string()});
  return read_train_recipe(config, parsed);
}

std::string absolute_model(const std::string& folder) {
  return fs::absolute(fs::path(folder) / "").lexically_normal().parent_path().string();
}

std::vector<std::string> violations(const Bucket& bucket, const ModelLimits& limits) {
  ClipSpec clip;
  clip.width = bucket.width, clip.height = bucket.height, clip.frames = bucket.frames;
  return violations(clip, limits);
}

}  // namespace clipmill
