#include "checkpoint/lora_metadata.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "checkpoint/strict_json.h"

namespace clipmill {
namespace {

using nlohmann::json;

double number(const json& value, std::string_view place, std::string_view key) {
  if (!value.is_number()) throw input_error("{}: {} is not a number", place, key);
  return value.get<double>();
}

bool flag(const json& config, const std::string& key) {
  const auto found = config.find(key);
  return found != config.end() && found->is_boolean() && found->get<bool>();
}

/// PEFT reads patterns as regular expressions; those that Diffusers writes are plain names.
const std::string& plain_name(const std::string& pattern, std::string_view place) {
  if (pattern.find_first_of("*+?[](){}|\\$") != std::string::npos) {
    throw input_error("{}: alpha_pattern \"{}\" is not a plain name", place, shorten(pattern, 100));
  }
  return pattern;
}

bool matches(std::string_view pattern, std::string_view layer) {
  if (pattern.starts_with('^')) return layer == pattern.substr(1);
  return layer == pattern || layer.ends_with("." + std::string(pattern));
}

}  // namespace

LoraMetadata::LoraMetadata(const SafetensorsFile& file, std::string_view prefix) {
  const auto text = file.metadata().find(kLoraMetadataKey);
  if (text == file.metadata().end()) return;
  const std::string place = fmt::format("{}: {}", file.path().string(), kLoraMetadataKey), before(prefix);
  const json config = parse_strict_json(text->second, place);
  if (flag(config, before + "use_dora")) {
    throw Error(ErrorKind::kInput, fmt::format("{}: a DoRA adapter", place), "only plain LoRA can be used");
  }
  rank_stabilized_ = flag(config, before + "use_rslora");
  if (const auto alpha = config.find(before + "lora_alpha"); alpha != config.end())
    alpha_ = number(*alpha, place, "lora_alpha");
  const auto patterns = config.find(before + "alpha_pattern");
  if (patterns == config.end() || !patterns->is_object()) return;
  for (const auto& [pattern, alpha] : patterns->items())
    alpha_pattern_.emplace(plain_name(pattern, place), number(alpha, place, "alpha_pattern"));
}

std::optional<double> LoraMetadata::alpha(std::string_view layer) const {
  for (const auto& [pattern, alpha] : alpha_pattern_) {
    if (matches(pattern, layer)) return alpha;
  }
  return alpha_;
}

}  // namespace clipmill
