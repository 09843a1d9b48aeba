#include "model/transformer.h"

#include <fmt/format.h>

#include <array>

namespace clipmill {
namespace {

/// Parts that stay fp32 in a half-precision model: their names, as one dotted component of the tensor's.
bool kept_in_fp32(std::string_view name) {
  for (const std::string_view part : {"time_embedder", "scale_shift_table", "norm1", "norm2", "norm3"}) {
    const auto at = name.find(part);
    if (at == std::string_view::npos) continue;
    const bool starts = at == 0 || name[at - 1] == '.';
    const bool ends = at + part.size() == name.size() || name[at + part.size()] == '.';
    if (starts && ends) return true;
  }
  return false;
}

}  // namespace

DtypeRule transformer_dtypes(at::ScalarType dtype) {
  return [dtype](std::string_view name) { return kept_in_fp32(name) ? at::kFloat : dtype; };
}

at::Tensor run_in_order(const std::vector<Layer>& layers, at::Tensor x) {
  for (const Layer& layer : layers) x = layer(x);
  return x;
}

Transformer::Transformer(const TransformerConfig& config, const TensorSource& source, at::ScalarType dtype,
                         at::Device device)
    : Transformer(
          config,
          Weights(std::make_shared<CheckpointWeights>(source, device, transformer_dtypes(dtype))), dtype) {}

Transformer::Transformer(const TransformerConfig& config, const Weights& weights, at::ScalarType dtype)
    : config_(config),
      dtype_(dtype),
      condition_embedder_(config, weights["condition_embedder"]),
      patch_embedding_(weights["patch_embedding"]),
      norm_out_{config.eps, {}, {}},
      scale_shift_table_(weights.tensor("scale_shift_table")),
      proj_out_(weights["proj_out"]) {
  // A convolution whose stride is its kernel is a GEMM.
  patch_embedding_.weight = patch_embedding_.weight.flatten(1);
  for (int i = 0; i < config.num_layers; ++i)
    blocks_.emplace_back(config, weights[fmt::format("blocks.{}", i)]);
}

TextContext Transformer::text_context(const at::Tensor& embeds, const at::Tensor& bias) const {
  const at::Tensor ctx = condition_embedder_.text(embeds.to(dtype_));
  TextContext context;
  for (const TransformerBlock& block : blocks_) {
    context.push_back(block.text_key_value(ctx));
    context.back().bias = bias;
  }
  return context;
}

at::Tensor Transformer::operator()(const at::Tensor& latents, const at::Tensor& timestep,
                                   const TextContext& text, const Rope& rope,
                                   const RunBlocks& run_blocks) const {
  const TimeEmbedding time = condition_embedder_.time(timestep);
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    layers.push_back([&block = blocks_[i], m = time.modulation, rope, kv = text[i]](const at::Tensor& x) {
      return block(x, m, rope, kv);  // by value: a checkpointed layer runs again in the backward pass
    });
  const at::Tensor x = run_blocks(layers, patch_embedding_(patchify(latents.to(dtype_))));
  return unpatchify(head(x, time.temb), latents);
}

Rope Transformer::rope(const at::Tensor& latents) const {
  const auto& [pt, ph, pw] = config_.patch_size;
  return Rope(config_.attention_head_dim, {latents.size(2) / pt, latents.size(3) / ph, latents.size(4) / pw},
              latents.device());
}

at::Tensor Transformer::patchify(const at::Tensor& latents) const {
  const auto& [pt, ph, pw] = config_.patch_size;
  // [B,C,T,H,W] → [B, t·h·w, C·pt·ph·pw], tokens time-major, the patch in the convolution's (C,pt,ph,pw)
  // order.
  return latents.unflatten(4, {-1, pw})
      .unflatten(3, {-1, ph})
      .unflatten(2, {-1, pt})
      .permute({0, 2, 4, 6, 1, 3, 5, 7})
      .flatten(4)
      .flatten(1, 3);
}

at::Tensor Transformer::head(const at::Tensor& x, const at::Tensor& temb) const {
  const auto m = (scale_shift_table_ + temb.unsqueeze(1)).split(1, 1);
  const auto &shift = m[0], &scale = m[1];
  return proj_out_(at::addcmul(shift, norm_out_(x), 1 + scale).to(x.scalar_type()));
}

at::Tensor Transformer::unpatchify(const at::Tensor& tokens, const at::Tensor& latents) const {
  const auto& [pt, ph, pw] = config_.patch_size;
  const auto patches = tokens.view(
      {tokens.size(0), latents.size(2) / pt, latents.size(3) / ph, latents.size(4) / pw, pt, ph, pw, -1});
  return patches.permute({0, 7, 1, 4, 2, 5, 3, 6}).flatten(6, 7).flatten(4, 5).flatten(2, 3);
}

}  // namespace clipmill
