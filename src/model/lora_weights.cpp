#include "model/lora_weights.h"

namespace clipmill {
namespace {

constexpr std::string_view kWeight = ".weight", kBias = ".bias";

at::Tensor in_fp32_on(const at::Tensor& tensor, const at::Tensor& like) {
  return tensor.to(like.device(), at::kFloat);
}

/// What `layer` adds to a weight like `weight`; undefined: nothing.
at::Tensor weight_change(const LoraLayer& layer, const at::Tensor& weight, LoraMode mode) {
  at::Tensor change;
  if (layer.a.defined() && mode == LoraMode::kFused) {
    change = at::matmul(in_fp32_on(layer.b, weight), in_fp32_on(layer.a, weight)).mul_(layer.scale);
    change = change.view(weight.sizes());
  }
  if (!layer.weight_delta.defined()) return change;
  const at::Tensor delta = in_fp32_on(layer.weight_delta, weight);
  return change.defined() ? change.add_(delta) : delta;
}

at::Tensor bias_change(const LoraLayer& layer, const at::Tensor& bias) {
  return layer.bias_delta.defined() ? in_fp32_on(layer.bias_delta, bias) : at::Tensor();
}

/// What the LoRA adds to the parameter `name`; undefined: nothing. A table is a layer of its own name.
at::Tensor change_of(const LoraLayers& layers, const std::string& name, const at::Tensor& value,
                     LoraMode mode) {
  const bool bias = name.ends_with(kBias);
  const std::size_t suffix = bias ? kBias.size() : name.ends_with(kWeight) ? kWeight.size() : 0;
  const auto layer = layers.find(name.substr(0, name.size() - suffix));
  if (layer == layers.end()) return {};
  return bias ? bias_change(layer->second, value) : weight_change(layer->second, value, mode);
}

}  // namespace

LoraWeights::LoraWeights(std::shared_ptr<const WeightStore> exact, at::Device device, DtypeRule dtype,
                         std::vector<ScaledLora> loras, LoraMode mode)
    : exact_(std::move(exact)),
      device_(device),
      dtype_(std::move(dtype)),
      loras_(std::move(loras)),
      mode_(mode) {}

at::Tensor LoraWeights::tensor(const std::string& name) const {
  at::Tensor value = exact_->tensor(name);
  for (const ScaledLora& lora : loras_) {
    const at::Tensor change = change_of(lora.layers, name, value, mode_);
    if (change.defined()) value = at::add(value.to(at::kFloat), change, lora.scale);
  }
  return value.to(dtype_(name));
}

std::vector<LowRank> LoraWeights::low_rank(const std::string& name) const {
  std::vector<LowRank> parts = exact_->low_rank(name);
  if (mode_ == LoraMode::kFused) return parts;
  const auto options = at::TensorOptions(device_).dtype(dtype_(name + std::string(kWeight)));
  for (const ScaledLora& lora : loras_) {
    const auto layer = lora.layers.find(name);
    if (layer == lora.layers.end() || !layer->second.a.defined()) continue;
    parts.push_back(
        {layer->second.a.to(options), layer->second.b.to(options), lora.scale * layer->second.scale});
  }
  return parts;
}

std::shared_ptr<const WeightStore> with_loras(const TensorSource& source, at::Device device, DtypeRule dtype,
                                              std::vector<ScaledLora> loras, LoraMode mode) {
  const auto fp32 = [](std::string_view) { return at::kFloat; };
  return std::make_shared<LoraWeights>(std::make_shared<CheckpointWeights>(source, device, fp32), device,
                                       std::move(dtype), std::move(loras), mode);
}

}  // namespace clipmill
