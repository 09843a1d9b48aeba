// WanTransformer3DModel: predicts the velocity of a noisy latent clip.
#pragma once

#include <functional>
#include <vector>

#include "checkpoint/config.h"
#include "model/condition_embedder.h"
#include "model/transformer_block.h"
#include "vram/activation_checkpoint.h"

namespace clipmill {

/// A prompt as every block sees it.
using TextContext = std::vector<TextKeyValue>;

/// The types of a checkpoint computed in `dtype`: norms, tables and the time embedding stay fp32.
DtypeRule transformer_dtypes(at::ScalarType dtype);

/// Applies layers one after the other to x [B, L, d]: how, is up to it (activation checkpointing does it in segments).
using RunBlocks = std::function<at::Tensor(const std::vector<Layer>&, at::Tensor)>;
at::Tensor run_in_order(const std::vector<Layer>& layers, at::Tensor x);

class Transformer {
 public:
  Transformer(const TransformerConfig& config, const TensorSource& source, at::ScalarType dtype,
              at::Device device);
  /// On weights that are already where and what they should be; latents are cast to `dtype`.
  Transformer(const TransformerConfig& config, const Weights& weights, at::ScalarType dtype);

  /// embeds [B, S, text_dim] → keys and values of every block. Once per prompt. `bias` [B, 1, 1, S] is added to
  /// the attention scores: log n for a key that stands for n equal ones (the padding); undefined: none.
  TextContext text_context(const at::Tensor& embeds, const at::Tensor& bias = {}) const;

  /// Positions of a clip with latents of this shape. Once per clip.
  Rope rope(const at::Tensor& latents) const;

  /// latents [B, C, T, H, W] of any float type, timestep [B] → velocity of the same shape, in this model's
  /// type.
  at::Tensor operator()(const at::Tensor& latents, const at::Tensor& timestep, const TextContext& text,
                        const Rope& rope, const RunBlocks& run_blocks = run_in_order) const;

  const std::vector<TransformerBlock>& blocks() const { return blocks_; }
  const ConditionEmbedder& condition_embedder() const { return condition_embedder_; }

 private:
  at::Tensor patchify(const at::Tensor& latents) const;
  at::Tensor head(const at::Tensor& x, const at::Tensor& temb) const;
  at::Tensor unpatchify(const at::Tensor& tokens, const at::Tensor& latents) const;

  TransformerConfig config_;
  at::ScalarType dtype_;
  ConditionEmbedder condition_embedder_;
  Linear patch_embedding_;
  std::vector<TransformerBlock> blocks_;
  LayerNorm norm_out_;
  at::Tensor scale_shift_table_;  // [1, 2, d] fp32
  Linear proj_out_;
};

}  // namespace clipmill
