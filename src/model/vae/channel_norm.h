// RMS norm over channels, as the VAE uses it.
#pragma once

#include <cmath>

#include "model/weights.h"

namespace clipmill {

/// x / max(‖x‖₂ over C, 1e-12) · √C · γ, for x [B,C,…].
class ChannelNorm {
 public:
  explicit ChannelNorm(const Weights& weights) : gain_(weights.tensor("gamma")) {
    gain_.mul_(std::sqrt(static_cast<double>(gain_.size(0))));
  }

  at::Tensor operator()(const at::Tensor& x) const {
    return (x / at::linalg_vector_norm(x, 2, {1}, true).clamp_min(1e-12)).mul_(gain_);
  }

 private:
  at::Tensor gain_;  // √C · γ, [C,1,1,1] or [C,1,1]
};

}  // namespace clipmill
