#include "checkpoint/lora_names.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace clipmill {
namespace {

struct Renamed {
  std::string_view checkpoint, original;
};

/// Ends of layer names, longer ones before what they end with. What is not here has one name only.
constexpr Renamed kOriginalNames[] = {
    {".attn1.to_q", ".self_attn.q"},
    {".attn1.to_k", ".self_attn.k"},
    {".attn1.to_v", ".self_attn.v"},
    {".attn1.to_out.0", ".self_attn.o"},
    {".attn2.to_q", ".cross_attn.q"},
    {".attn2.to_k", ".cross_attn.k"},
    {".attn2.to_v", ".cross_attn.v"},
    {".attn2.to_out.0", ".cross_attn.o"},
    {".ffn.net.0.proj", ".ffn.0"},
    {".ffn.net.2", ".ffn.2"},
    {".scale_shift_table", ".modulation"},
    {"scale_shift_table", "head.modulation"},
    {"proj_out", "head.head"},
    {"condition_embedder.time_embedder.linear_1", "time_embedding.0"},
    {"condition_embedder.time_embedder.linear_2", "time_embedding.2"},
    {"condition_embedder.text_embedder.linear_1", "text_embedding.0"},
    {"condition_embedder.text_embedder.linear_2", "text_embedding.2"},
    {"condition_embedder.time_proj", "time_projection.1"},
};

std::string same_name(const std::string& layer) { return layer; }

std::string original_name(const std::string& layer) {
  for (const auto& [checkpoint, original] : kOriginalNames) {
    if (layer.ends_with(checkpoint))
      return layer.substr(0, layer.size() - checkpoint.size()) + std::string(original);
  }
  return layer;
}

std::string kohya_name(const std::string& layer) {
  std::string name = original_name(layer);
  std::ranges::replace(name, '.', '_');
  return name;
}

struct Style {
  std::string_view prefix;
  int transformer;
  std::string (*name)(const std::string& layer);
};

constexpr Style kStyles[] = {
    {"transformer.", 0, same_name},
    {"transformer_2.", 1, same_name},
    {"diffusion_model.", 0, original_name},
    {"lora_unet_", 0, kohya_name},
};

struct Ending {
  std::string_view text;
  LoraRole role;
};

constexpr Ending kEndings[] = {
    {".lora_A.weight", LoraRole::kDown}, {".lora_down.weight", LoraRole::kDown},
    {".lora_B.weight", LoraRole::kUp},   {".lora_up.weight", LoraRole::kUp},
    {".lora_B.bias", LoraRole::kUpBias}, {".alpha", LoraRole::kAlpha},
    {".diff", LoraRole::kWeightDelta},   {".diff_b", LoraRole::kBiasDelta},
    {".dora_scale", LoraRole::kIgnored},
};

template <typename Table, typename Matches>
auto first(const Table& table, Matches matches) -> decltype(std::begin(table)) {
  const auto found = std::ranges::find_if(table, matches);
  return found == std::end(table) ? nullptr : found;
}

bool is_norm_difference(std::string_view layer, LoraRole role) {
  const bool difference = role == LoraRole::kWeightDelta || role == LoraRole::kBiasDelta;
  return difference && layer.find("norm") != layer.npos;
}

Error unknown(std::string_view key, std::string_view what, std::string hint) {
  return Error(ErrorKind::kInput, fmt::format("\"{}\": {}", shorten(key, 200), what), std::move(hint));
}

/// A table (scale_shift_table) is a layer of its own.
std::string layer_of(std::string name) {
  for (const std::string_view end : {".weight", ".bias"}) {
    if (name.ends_with(end)) return name.substr(0, name.size() - end.size());
  }
  return name;
}

}  // namespace

LoraNames::LoraNames(const std::vector<TensorSpec>& transformer) {
  for (const TensorSpec& spec : transformer) {
    const std::string layer = layer_of(spec.name);
    for (const Style& style : kStyles) layers_.emplace(std::string(style.prefix) + style.name(layer), layer);
  }
}

LoraKey LoraNames::parse(std::string_view key) const {
  const Style* style = first(kStyles, [&](const Style& s) { return key.starts_with(s.prefix); });
  if (!style) {
    throw unknown(key, "not a LoRA key of a Wan transformer",
                  "keys begin with transformer., transformer_2., diffusion_model. or lora_unet_");
  }
  const Ending* ending = first(kEndings, [&](const Ending& e) { return key.ends_with(e.text); });
  if (!ending) {
    throw unknown(key, "no known part of a LoRA",
                  "known are lora_A, lora_B, lora_down, lora_up, alpha, diff and diff_b; other kinds of "
                  "adapters (LoHa, LoKr, DoRA of PEFT) cannot be used");
  }
  const std::string_view name = key.substr(0, key.size() - ending->text.size());
  if (ending->role == LoraRole::kIgnored || is_norm_difference(name, ending->role)) return {};
  const auto layer = layers_.find(name);
  if (layer == layers_.end()) {
    throw unknown(
        key, "the model has no such layer",
        "the LoRA was made for another model, perhaps a larger one or one that makes videos from images");
  }
  return {style->transformer, layer->second, ending->role};
}

}  // namespace clipmill
