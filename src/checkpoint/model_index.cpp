#include "checkpoint/model_index.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "checkpoint/scheduler_config.h"

namespace clipmill {
namespace {

using Classes = std::vector<std::string_view>;

std::string supported(const ConfigFile& file, std::string_view key, std::string name,
                      const Classes& classes) {
  if (std::ranges::find(classes, name) != classes.end()) return name;
  throw file.error(key, fmt::format("class \"{}\" is not supported; supported: {}", shorten(name, 80),
                                    fmt::join(classes, ", ")));
}

/// The class of ["library", "Class"]; empty for a component that is missing, null or [null, null].
std::string component(const ConfigFile& file, std::string_view key) {
  const nlohmann::json& pair = file.value(key);
  if (pair.is_null()) return {};
  if (!pair.is_array() || pair.size() != 2) throw file.error(key, "must be [library, class]");
  if (pair[1].is_null()) return {};
  if (!pair[1].is_string()) throw file.error(key, "must be [library, class]");
  return pair[1].get<std::string>();
}

std::string required(const ConfigFile& file, std::string_view key, const Classes& classes) {
  const std::string name = component(file, key);
  if (name.empty()) throw file.error(key, fmt::format("is missing; supported: {}", fmt::join(classes, ", ")));
  return supported(file, key, name, classes);
}

void read_second_transformer(ModelIndex& index, const ConfigFile& file) {
  const std::string name = component(file, "transformer_2");
  if (!name.empty()) supported(file, "transformer_2", name, {"WanTransformer3DModel"});
  if (!file.has("boundary_ratio")) return;
  index.boundary_ratio = file.number("boundary_ratio", 0);
  if (!(*index.boundary_ratio >= 0 && *index.boundary_ratio <= 1)) {
    throw file.error("boundary_ratio", fmt::format("must be between 0 and 1, not {}", *index.boundary_ratio));
  }
  if (name.empty()) throw file.error("boundary_ratio", "is set, but there is no transformer_2");
  index.has_transformer_2 = true;
}

}  // namespace

ModelIndex ModelIndex::from(const ConfigFile& file) {
  ModelIndex index;
  index.pipeline = supported(file, "_class_name", file.text("_class_name", ""), {"WanPipeline"});
  index.tokenizer = required(file, "tokenizer", {"T5TokenizerFast", "T5Tokenizer"});
  index.text_encoder = required(file, "text_encoder", {"UMT5EncoderModel"});
  index.transformer = required(file, "transformer", {"WanTransformer3DModel"});
  index.vae = required(file, "vae", {"AutoencoderKLWan"});
  index.scheduler = required(file, "scheduler", {kUniPcScheduler, kEulerScheduler});
  read_second_transformer(index, file);
  if (file.has("expand_timesteps")) index.expand_timesteps = file.flag("expand_timesteps", false);
  return index;
}

}  // namespace clipmill
