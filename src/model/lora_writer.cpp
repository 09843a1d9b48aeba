#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "checkpoint/lora_metadata.h"
#include "model/lora_file.h"
#include "model/tensor_io.h"

namespace clipmill {
namespace {

using nlohmann::json;
using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// PEFT's field is a whole number; others pass as well.
json alpha_of(const LoraLayer& layer) {
  const double alpha = layer.scale * static_cast<double>(layer.a.size(0)), whole = std::round(alpha);
  return std::abs(alpha - whole) < 1e-9 * std::abs(alpha) ? json(static_cast<std::int64_t>(whole))
                                                          : json(alpha);
}

bool has_bias(const LoraLayers& layers) {
  return std::ranges::any_of(layers, [](const auto& entry) { return entry.second.bias_delta.defined(); });
}

void check(const std::string& name, const LoraLayer& layer) {
  const bool whole = layer.a.defined() && layer.b.defined() && !layer.weight_delta.defined();
  if (!whole) throw Error(ErrorKind::kInternal, fmt::format("{}: not what a PEFT file can hold", name));
}

NamedTensors tensors_of(const LoraLayers& layers, const std::string& prefix) {
  const bool biased = has_bias(layers);
  NamedTensors tensors;
  for (const auto& [name, layer] : layers) {
    check(name, layer);
    tensors.emplace_back(prefix + name + ".lora_A.weight", layer.a);
    tensors.emplace_back(prefix + name + ".lora_B.weight", layer.b);
    if (!biased) continue;
    const at::Tensor bias = layer.bias_delta.defined() ? layer.bias_delta / layer.scale
                                                       : at::zeros({layer.b.size(0)}, layer.b.options());
    tensors.emplace_back(prefix + name + ".lora_B.bias", bias.to(layer.b.scalar_type()));
  }
  return tensors;
}

/// The arguments of PEFT's LoraConfig, each under `prefix`. Layers that differ from the first are patterns.
void add_config(json& config, const LoraLayers& layers, const std::string& prefix) {
  if (layers.empty()) return;
  const std::int64_t rank = layers.begin()->second.a.size(0);
  const json alpha = alpha_of(layers.begin()->second);
  json targets = json::array(), ranks = json::object(), alphas = json::object();
  for (const auto& [name, layer] : layers) {
    targets.push_back(name);
    if (layer.a.size(0) != rank) ranks["^" + name] = layer.a.size(0);
    if (alpha_of(layer) != alpha) alphas["^" + name] = alpha_of(layer);
  }
  config.update({{prefix + "r", rank},
                 {prefix + "lora_alpha", alpha},
                 {prefix + "target_modules", targets},
                 {prefix + "rank_pattern", ranks},
                 {prefix + "alpha_pattern", alphas},
                 {prefix + "lora_bias", has_bias(layers)},
                 {prefix + "lora_dropout", 0.0},
                 {prefix + "bias", "none"},
                 {prefix + "use_dora", false},
                 {prefix + "use_rslora", false}});
}

}  // namespace

void write_lora(const std::filesystem::path& file, const LoraLayers& transformer,
                const LoraLayers& transformer_2) {
  json config = json::object();
  NamedTensors tensors;
  for (const auto& [layers, prefix] :
       {std::pair{&transformer, "transformer."}, std::pair{&transformer_2, "transformer_2."}}) {
    add_config(config, *layers, prefix);
    std::ranges::move(tensors_of(*layers, prefix), std::back_inserter(tensors));
  }
  save_tensors(file, tensors, {{kLoraMetadataKey, config.dump(2)}});
}

}  // namespace clipmill
