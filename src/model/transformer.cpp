#include "model/transformer.h"

#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <array>
#include <utility>

#include "checkpoint/layout.h"
#include "model/slices.h"
#include "model/text_padding.h"
#include "vram/memory_scope.h"

namespace clipmill {

DtypeRule transformer_dtypes(at::ScalarType dtype) {
  return [dtype](std::string_view name) { return kept_in_fp32(name) ? at::kFloat : dtype; };
}

at::Tensor run_in_order(const std::vector<Layer>& layers, at::Tensor x) {
  for (const Layer& layer : layers) x = layer(x);
  return x;
}

TextKeyValue TextContext::of(const TransformerBlock& block, int index) const {
  if (!blocks.empty()) return blocks[static_cast<std::size_t>(index)];
  TextKeyValue made = block.text_key_value(embeds);
  made.bias = bias;
  return made;
}

std::int64_t TextContext::prompts() const { return (blocks.empty() ? embeds : blocks.front().key).size(0); }

Transformer::Transformer(const TransformerConfig& config, const TensorSource& source, at::ScalarType dtype,
                         at::Device device, BlockStorage storage)
    : Transformer(config,
                  Weights(std::make_shared<CheckpointWeights>(source, device, transformer_dtypes(dtype))),
                  dtype, storage) {}

Transformer::Transformer(const TransformerConfig& config, const Weights& weights, at::ScalarType dtype,
                         BlockStorage storage)
    : config_(config),
      dtype_(dtype),
      condition_embedder_(config, weights["condition_embedder"]),
      patch_embedding_(weights["patch_embedding"]),
      blocks_(
          config.num_layers,
          [config, weights](int i) { return TransformerBlock(config, weights[fmt::format("blocks.{}", i)]); },
          storage),
      norm_out_{config.eps, {}, {}},
      scale_shift_table_(weights.tensor("scale_shift_table")),
      proj_out_(weights["proj_out"]) {
  // A convolution whose stride is its kernel is a GEMM.
  patch_embedding_.weight = patch_embedding_.weight.flatten(1);
}

TextContext Transformer::text_context(const at::Tensor& embeds) const {
  const MergedText merged = merge_padding(embeds);
  return text_context(merged.embeds, merged.bias);
}

TextContext Transformer::text_context(const at::Tensor& embeds, const at::Tensor& bias) const {
  TextContext context{{}, condition_embedder_.text(embeds.to(dtype_)), bias};
  if (blocks_.streamed()) return context;
  std::vector<TextKeyValue> made;
  for (int i = 0; i < blocks_.size(); ++i)
    made.push_back(context.of(blocks()[static_cast<std::size_t>(i)], i));
  return {std::move(made), {}, bias};
}

std::vector<at::Tensor> Transformer::velocities(const at::Tensor& latents, const at::Tensor& timestep,
                                                const std::vector<const TextContext*>& texts,
                                                const Rope& rope, int chunks) const {
  const c10::NoGradGuard in_place;
  const TimeEmbedding time = condition_embedder_.time(timestep);
  const std::size_t together = blocks_.streamed() ? texts.size() : 1;
  std::vector<at::Tensor> velocities;
  for (auto first = texts.begin(); first != texts.end(); first += static_cast<std::ptrdiff_t>(together)) {
    std::vector<at::Tensor> xs;
    for (std::size_t i = 0; i < together; ++i) {
      const at::Tensor x = patch_embedding_(patchify(latents.to(dtype_)));
      xs.push_back(x.expand({first[static_cast<std::ptrdiff_t>(i)]->prompts(), -1, -1}).contiguous());
    }
    run_blocks(xs, time, {first, first + static_cast<std::ptrdiff_t>(together)}, rope, chunks);
    for (at::Tensor& x : xs)
      velocities.push_back(unpatchify(head_in_slices(std::exchange(x, {}), time.temb), latents));
  }
  return velocities;
}

void Transformer::run_blocks(std::vector<at::Tensor>& xs, const TimeEmbedding& time,
                             const std::vector<const TextContext*>& texts, const Rope& rope,
                             int chunks) const {
  blocks_.for_each([&](const TransformerBlock& block, int index) {
    const MemoryScope scope("block", index);
    for (std::size_t i = 0; i < xs.size(); ++i)
      block.apply(xs[i], time.modulation, rope, texts[i]->of(block, index), chunks);
  });
}

at::Tensor Transformer::operator()(const at::Tensor& latents, const at::Tensor& timestep,
                                   const TextContext& text, const Rope& rope) const {
  const bool mixed = at::autocast::is_autocast_enabled(latents.device().type());
  if (c10::GradMode::is_enabled() || mixed) return (*this)(latents, timestep, text, rope, run_in_order);
  return velocities(latents, timestep, {&text}, rope)[0];
}

at::Tensor Transformer::operator()(const at::Tensor& latents, const at::Tensor& timestep,
                                   const TextContext& text, const Rope& rope,
                                   const RunBlocks& run_blocks) const {
  const TimeEmbedding time = condition_embedder_.time(timestep);
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < blocks().size(); ++i)
    layers.push_back(
        [&block = blocks()[i], m = time.modulation, rope, kv = text.blocks[i]](const at::Tensor& x) {
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

at::Tensor Transformer::head_in_slices(const at::Tensor& x, const at::Tensor& temb) const {
  return tokenwise(
      x,
      [&] {
        return at::empty({x.size(0), x.size(1), proj_out_.outputs()}, x.options());
      },
      [&](const at::Tensor& tokens, std::int64_t) { return head(tokens, temb); });
}

at::Tensor Transformer::unpatchify(const at::Tensor& tokens, const at::Tensor& latents) const {
  const auto& [pt, ph, pw] = config_.patch_size;
  const auto patches = tokens.view(
      {tokens.size(0), latents.size(2) / pt, latents.size(3) / ph, latents.size(4) / pw, pt, ph, pw, -1});
  return patches.permute({0, 7, 1, 4, 2, 5, 3, 6}).flatten(6, 7).flatten(4, 5).flatten(2, 3);
}

}  // namespace clipmill
