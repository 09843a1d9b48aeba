// WanTransformer3DModel: predicts the velocity of a noisy latent clip.
#pragma once

#include <functional>
#include <vector>

#include "checkpoint/config.h"
#include "model/block_source.h"
#include "model/condition_embedder.h"
#include "model/transformer_block.h"
#include "vram/activation_checkpoint.h"

namespace clipmill {

/// A prompt, or several as one batch, as every block sees it. `embeds` (as ConditionEmbedder::text gives them) stand for the keys and
/// values of blocks that are streamed: a block makes its own whenever it comes by, which for a clip much
/// longer than the prompt costs little.
struct TextContext {
  std::vector<TextKeyValue> blocks;  ///< empty: streamed
  at::Tensor embeds, bias;

  bool empty() const { return blocks.empty() && !embeds.defined(); }
  std::int64_t prompts() const;
  TextKeyValue of(const TransformerBlock& block, int index) const;
};

/// The types of a checkpoint computed in `dtype`: norms, tables and the time embedding stay fp32.
DtypeRule transformer_dtypes(at::ScalarType dtype);

/// Applies layers one after the other to x [B, L, d]: how, is up to it (activation checkpointing does it in
/// segments).
using RunBlocks = std::function<at::Tensor(const std::vector<Layer>&, at::Tensor)>;
at::Tensor run_in_order(const std::vector<Layer>& layers, at::Tensor x);

class Transformer {
 public:
  Transformer(const TransformerConfig& config, const TensorSource& source, at::ScalarType dtype,
              at::Device device, BlockStorage storage = BlockStorage::kResident);
  /// On weights that are already where and what they should be (streamed: that come so from their store);
  /// latents are cast to `dtype`.
  Transformer(const TransformerConfig& config, const Weights& weights, at::ScalarType dtype,
              BlockStorage storage = BlockStorage::kResident);

  /// embeds [B, S, text_dim], padded with zeros → keys and values of every block, of all padding as one
  /// (text_padding.h). Once per prompt.
  TextContext text_context(const at::Tensor& embeds) const;
  /// Of every row of embeds. `bias` [B, 1, 1, S] is added to the attention scores: log n for a key that
  /// stands for n equal ones; undefined: none.
  TextContext text_context(const at::Tensor& embeds, const at::Tensor& bias) const;

  /// Positions of a clip with latents of this shape. Once per clip.
  Rope rope(const at::Tensor& latents) const;

  /// latents [B, C, T, H, W] of any float type, timestep [B] → one velocity of the same shape a text, in this
  /// model's type; a text of several prompts gives one of as many clips, where B = 1 all of the same latents. Without gradients. Streamed, all texts go through a block before the next is loaded, else
  /// one text after the other; `chunks` as TransformerBlock::apply has them.
  std::vector<at::Tensor> velocities(const at::Tensor& latents, const at::Tensor& timestep,
                                     const std::vector<const TextContext*>& texts, const Rope& rope,
                                     int chunks = 1) const;

  /// The velocity for one text, with gradients where they are wanted.
  at::Tensor operator()(const at::Tensor& latents, const at::Tensor& timestep, const TextContext& text,
                        const Rope& rope) const;
  /// For training: the blocks, which must be resident, run as `run_blocks` has it.
  at::Tensor operator()(const at::Tensor& latents, const at::Tensor& timestep, const TextContext& text,
                        const Rope& rope, const RunBlocks& run_blocks) const;

  /// Throws std::logic_error where they are streamed.
  const std::vector<TransformerBlock>& blocks() const { return blocks_.resident(); }
  const ConditionEmbedder& condition_embedder() const { return condition_embedder_; }

 private:
  void run_blocks(std::vector<at::Tensor>& xs, const TimeEmbedding& time,
                  const std::vector<const TextContext*>& texts, const Rope& rope, int chunks) const;
  at::Tensor patchify(const at::Tensor& latents) const;
  at::Tensor head(const at::Tensor& x, const at::Tensor& temb) const;
  at::Tensor head_in_slices(const at::Tensor& x, const at::Tensor& temb) const;
  at::Tensor unpatchify(const at::Tensor& tokens, const at::Tensor& latents) const;

  TransformerConfig config_;
  at::ScalarType dtype_;
  ConditionEmbedder condition_embedder_;
  Linear patch_embedding_;
  BlockSource<TransformerBlock> blocks_;
  LayerNorm norm_out_;
  at::Tensor scale_shift_table_;  // [1, 2, d] fp32
  Linear proj_out_;
};

}  // namespace clipmill
