// One block of the Wan transformer: self-attention, cross-attention to the prompt, feed-forward.
#pragma once

#include "checkpoint/config.h"
#include "model/layers.h"
#include "model/rope.h"

namespace clipmill {

/// Keys and values of the prompt for one block, [B, S, H, d/H] each: they depend on the prompt alone, so they
/// are computed once per clip and not once per step.
struct TextKeyValue {
  at::Tensor key, value;
  at::Tensor bias;  ///< [B, 1, 1, S], added to the scores of each key; undefined: none
};

class TransformerBlock {
 public:
  TransformerBlock(const TransformerConfig& config, const Weights& weights);

  /// ctx [B, S, d] as ConditionEmbedder::text gives it.
  TextKeyValue text_key_value(const at::Tensor& ctx) const;

  /// x [B, L, d], modulation [B, 6, d] → [B, L, d]. For training: every step's result is a tensor of its own.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& modulation, const Rope& rope,
                        const TextKeyValue& text) const;

  /// The same in place, without gradients (transformer_block_inference.cpp): x becomes the result. Beside x
  /// it holds 2 + 2/chunks tensors of x's size: keys and values of all tokens, and two of one chunk.
  void apply(at::Tensor& x, const at::Tensor& modulation, const Rope& rope, const TextKeyValue& text,
             int chunks = 1) const;

 private:
  struct Attention {
    Linear q, k, v, out;
    RmsNorm norm_q, norm_k;
    int heads;

    Attention(const TransformerConfig& config, const Weights& weights);
    at::Tensor split_heads(const at::Tensor& x) const { return x.unflatten(-1, {heads, -1}); }
  };

  at::Tensor self_attention(const at::Tensor& n, const Rope& rope) const;
  at::Tensor cross_attention(const at::Tensor& x, const TextKeyValue& text) const;
  at::Tensor feed_forward(const at::Tensor& n) const;

  struct Modulation;
  void apply_self_attention(at::Tensor& x, const Modulation& m, const Rope& rope, int chunks) const;
  void apply_cross_attention(at::Tensor& x, const TextKeyValue& text, int chunks) const;
  void apply_feed_forward(at::Tensor& x, const Modulation& m, int chunks) const;

  Attention attn1_, attn2_;
  LayerNorm norm_;                  // norm1 and norm3: without parameters
  std::optional<LayerNorm> norm2_;  // only with cross_attn_norm
  Linear ffn_in_, ffn_out_;
  at::Tensor scale_shift_table_;  // [1, 6, d] fp32
};

}  // namespace clipmill
