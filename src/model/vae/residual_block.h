// The VAE's residual block.
#pragma once

#include <optional>

#include "model/vae/causal_conv3d.h"
#include "model/vae/channel_norm.h"

namespace clipmill {

/// norm → SiLU → conv → norm → SiLU → conv, plus the input (through a 1×1×1 convolution where the width
/// changes).
class ResidualBlock {
 public:
  explicit ResidualBlock(const Weights& weights)
      : norm1_(weights["norm1"]),
        norm2_(weights["norm2"]),
        conv1_(weights["conv1"]),
        conv2_(weights["conv2"]) {
    if (weights.has("conv_shortcut.weight")) shortcut_.emplace(weights["conv_shortcut"]);
  }

  at::Tensor operator()(const at::Tensor& x, FeatureCache* cache) const {
    const at::Tensor h = conv1_(at::silu(norm1_(x)), cache);
    const at::Tensor y = conv2_(at::silu(norm2_(h)), cache);
    return y + (shortcut_ ? (*shortcut_)(x, nullptr) : x);
  }

 private:
  ChannelNorm norm1_, norm2_;
  CausalConv3d conv1_, conv2_;
  std::optional<CausalConv3d> shortcut_;
};

}  // namespace clipmill
