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
    at::Tensor y = norm1_.then_silu(x);
    y = conv1_(std::move(y), cache);
    y = norm2_.then_silu_(std::move(y));
    y = conv2_(std::move(y), cache);
    const at::Tensor around = shortcut_ ? (*shortcut_)(x, nullptr) : x;
    return at::GradMode::is_enabled() ? y + around : y.add_(around);
  }

 private:
  ChannelNorm norm1_, norm2_;
  CausalConv3d conv1_, conv2_;
  std::optional<CausalConv3d> shortcut_;
};

}  // namespace clipmill
