// The middle of encoder and decoder: residual block, self-attention within each frame, residual block.
#pragma once

#include "model/vae/residual_block.h"

namespace clipmill {

/// Single-head attention over the H·W positions of each frame, plus the input.
class FrameAttention {
 public:
  explicit FrameAttention(const Weights& weights)
      : norm_(weights["norm"]),
        qkv_weight_(weights.tensor("to_qkv.weight")),
        qkv_bias_(weights.tensor("to_qkv.bias")),
        proj_weight_(weights.tensor("proj.weight")),
        proj_bias_(weights.tensor("proj.bias")) {}

  /// x [B,C,T,H,W] → the same shape.
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  ChannelNorm norm_;
  at::Tensor qkv_weight_, qkv_bias_, proj_weight_, proj_bias_;
};

class MidBlock {
 public:
  explicit MidBlock(const Weights& weights)
      : first_(weights["resnets.0"]), attention_(weights["attentions.0"]), second_(weights["resnets.1"]) {}

  at::Tensor operator()(const at::Tensor& x, FeatureCache* cache) const {
    return second_(attention_(first_(x, cache)), cache);
  }

 private:
  ResidualBlock first_;
  FrameAttention attention_;
  ResidualBlock second_;
};

}  // namespace clipmill
