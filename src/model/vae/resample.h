// Changes of resolution inside the VAE, in space and, where the checkpoint says so, in time.
#pragma once

#include <optional>

#include "model/vae/causal_conv3d.h"

namespace clipmill {

/// Doubles H and W (nearest, then a 3×3 convolution); with a time convolution first T → 2T. The clip's first
/// frame is never doubled in time, and the time convolution never sees it.
class Upsample {
 public:
  Upsample(const Weights& weights, bool temporal);
  at::Tensor operator()(at::Tensor x, FeatureCache* cache) const;

 private:
  at::Tensor double_time(const at::Tensor& x, FeatureCache* cache) const;

  at::Tensor weight_, bias_;
  std::optional<Winograd> winograd_;
  std::optional<CausalConv3d> time_conv_;  // [2C, C, 3, 1, 1]
};

/// Halves H and W (3×3 convolution, stride 2); with a time convolution then T → T/2, the first frame kept as
/// it is.
class Downsample {
 public:
  Downsample(const Weights& weights, bool temporal);
  at::Tensor operator()(const at::Tensor& x, FeatureCache* cache) const;

 private:
  at::Tensor halve_time(const at::Tensor& x, FeatureCache* cache) const;

  at::Tensor weight_, bias_;
  std::optional<CausalConv3d> time_conv_;  // [C, C, 3, 1, 1], stride 2 in time
};

}  // namespace clipmill
