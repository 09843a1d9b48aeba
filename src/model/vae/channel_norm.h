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
    const at::Tensor scaled = x / rms(x);
    return at::GradMode::is_enabled() ? scaled * gain_ : scaled.mul_(gain_);
  }

  at::Tensor then_silu(const at::Tensor& x) const {
    at::Tensor y = (*this)(x);
    return at::GradMode::is_enabled() ? at::silu(y) : at::silu_(y);
  }

  /// The same for an x that nobody needs any more: in its place, where no gradient is wanted.
  at::Tensor then_silu_(at::Tensor x) const {
    return at::GradMode::is_enabled() ? then_silu(x) : at::silu_(x.div_(rms(x)).mul_(gain_));
  }

 private:
  at::Tensor rms(const at::Tensor& x) const {
    const double root = std::sqrt(static_cast<double>(gain_.size(0)));
    return at::linalg_vector_norm(x, 2, {1}, true).clamp_min(1e-12) / root;
  }

  at::Tensor gain_;  // γ, [C,1,1,1] or [C,1,1]
};

}  // namespace clipmill
