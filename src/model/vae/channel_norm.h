// RMS norm over channels, as the VAE uses it.
#pragma once

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "model/weights.h"

namespace clipmill {

/// x / max(‖x‖₂ over C, 1e-12) · √C · γ, for x [B,C,…].
class ChannelNorm {
 public:
  explicit ChannelNorm(const Weights& weights) : gain_(weights.tensor("gamma")) {}

  at::Tensor operator()(const at::Tensor& x) const {
    const double root = std::sqrt(static_cast<double>(gain_.size(0)));
    const at::Tensor rms = at::linalg_vector_norm(x, 2, {1}, true).clamp_min(1e-12) / root;
    return at::GradMode::is_enabled() ? x / rms * gain_ : (x / rms).mul_(gain_);
  }

  /// SiLU of it. Where no gradient is wanted, with one new tensor only.
  at::Tensor then_silu(const at::Tensor& x) const {
    at::Tensor y = (*this)(x);
    return at::GradMode::is_enabled() ? at::silu(y) : at::silu_(y);
  }

 private:
  at::Tensor gain_;  // γ, [C,1,1,1] or [C,1,1]
};

}  // namespace clipmill
