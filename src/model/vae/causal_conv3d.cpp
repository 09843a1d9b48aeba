#include "model/vae/causal_conv3d.h"

#include <algorithm>

namespace clipmill {
namespace {

/// The last `count` frames of a clip that goes on with x.
at::Tensor last_frames(const at::Tensor& before, const at::Tensor& x, std::int64_t count) {
  const at::Tensor seen = before.defined() && x.size(2) < count ? at::cat({before, x}, 2) : x;
  const std::int64_t kept = std::min(count, seen.size(2));
  return seen.narrow(2, seen.size(2) - kept, kept);
}

}  // namespace

CausalConv3d::CausalConv3d(const Weights& weights, std::int64_t stride_t)
    : weight_(weights.tensor("weight")),
      bias_(weights.tensor("bias")),
      stride_t_(stride_t),
      history_(weight_.size(2) - 1) {
  if (stride_t == 1 && Winograd::takes(weight_)) {
    winograd_.emplace(weight_, bias_);
    weight_ = winograd_->weight();
  }
}

at::Tensor CausalConv3d::operator()(const at::Tensor& x, FeatureCache* cache) const {
  // A kernel of one frame needs no memory, and has no slot.
  return cache && history_ > 0 ? (*this)(x, cache->take()) : continued({}, x);
}

at::Tensor CausalConv3d::operator()(const at::Tensor& x, FeatureCache::Slot& slot) const {
  at::Tensor before = slot.frames(x.device());
  at::Tensor y = continued(before, x);
  const at::Tensor last = last_frames(before, x, history_);
  before.reset();
  slot.keep(last);
  return y;
}

at::Tensor CausalConv3d::continued(const at::Tensor& before, const at::Tensor& x) const {
  if (winograd_ && Winograd::takes_input(x)) return (*winograd_)(before, x);
  return before.defined() ? padded(at::cat({before, x}, 2), x.size(2)) : padded(x, x.size(2));
}

/// The last `count` frames of what comes of `seen`, with zeros before it as far as needed.
at::Tensor CausalConv3d::padded(const at::Tensor& seen, std::int64_t count) const {
  if (seen.size(2) == 1) return image(seen);
  const std::int64_t missing = history_ + count - seen.size(2);
  return missing > 0 ? valid(at::constant_pad_nd(seen, {0, 0, 0, 0, missing, 0})) : valid(seen);
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
