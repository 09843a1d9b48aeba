// A 3-D convolution that looks back in time only.
#pragma once

#include <optional>

#include "model/vae/feature_cache.h"
#include "model/vae/winograd.h"
#include "model/weights.h"

namespace clipmill {

class CausalConv3d {
 public:
  explicit CausalConv3d(const Weights& weights, std::int64_t stride_t = 1);

  /// x [B,C,T,H,W], spatially zero-padded to keep its size. Without a cache x is the whole clip, and zeros
  /// lie before it; with one, x continues the clip whose last frames the cache holds.
  at::Tensor operator()(const at::Tensor& x, FeatureCache* cache) const;
  /// The same with the slot taken by the caller.
  at::Tensor operator()(const at::Tensor& x, FeatureCache::Slot& slot) const;

  /// No temporal padding at all: the caller brings the frames before.
  at::Tensor valid(const at::Tensor& x) const;

 private:
  at::Tensor continued(const at::Tensor& before, const at::Tensor& x) const;
  at::Tensor padded(const at::Tensor& seen, std::int64_t count) const;
  at::Tensor image(const at::Tensor& x) const;

  at::Tensor weight_, bias_;
  std::int64_t stride_t_;
  std::int64_t history_;  // frames it looks back
  std::optional<Winograd> winograd_;
};

}  // namespace clipmill
