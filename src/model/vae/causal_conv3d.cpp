#include "model/vae/causal_conv3d.h"

#include <algorithm>

namespace clipmill {

CausalConv3d::CausalConv3d(const Weights& weights, std::int64_t stride_t)
    : weight_(weights.tensor("weight")),
      bias_(weights.tensor("bias")),
      stride_t_(stride_t),
      history_(weight_.size(2) - 1) {}

at::Tensor CausalConv3d::operator()(const at::Tensor& x, FeatureCache* cache) const {
  // A kernel of one frame needs no memory, and has no slot.
  return cache && history_ > 0 ? (*this)(x, cache->take()) : padded(x);
}

at::Tensor CausalConv3d::operator()(const at::Tensor& x, FeatureCache::Slot& slot) const {
  const at::Tensor seen = slot.frames.defined() ? at::cat({slot.frames, x}, 2) : x;
  const std::int64_t kept = std::min(history_, seen.size(2));
  slot.started = true;
  slot.frames = seen.narrow(2, seen.size(2) - kept, kept).clone();  // a view would keep the whole chunk alive
  const std::int64_t missing = history_ + x.size(2) - seen.size(2);
  return missing > 0 ? valid(at::constant_pad_nd(seen, {0, 0, 0, 0, missing, 0})) : valid(seen);
}

at::Tensor CausalConv3d::padded(const at::Tensor& x) const {
  if (x.size(2) == 1) return image(x);
  return history_ > 0 ? valid(at::constant_pad_nd(x, {0, 0, 0, 0, history_, 0})) : valid(x);
}

/// A clip of one frame meets the last tap only: the others would multiply zeros.
at::Tensor CausalConv3d::image(const at::Tensor& x) const {
  const at::Tensor tap = weight_.select(2, weight_.size(2) - 1);
  return at::conv2d(x.squeeze(2), tap, bias_, 1, {tap.size(2) / 2, tap.size(3) / 2}).unsqueeze(2);
}

at::Tensor CausalConv3d::valid(const at::Tensor& x) const {
  const std::int64_t pad_h = weight_.size(3) / 2, pad_w = weight_.size(4) / 2;
  return at::conv3d(x, weight_, bias_, {stride_t_, 1, 1}, {0, pad_h, pad_w});
}

}  // namespace clipmill
