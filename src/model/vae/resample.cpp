#include "model/vae/resample.h"

namespace clipmill {
namespace {

/// `image_op` on every frame: [B,C,T,H,W] → [B,C',T,H',W'].
template <typename ImageOp>
at::Tensor for_each_frame(const at::Tensor& x, ImageOp image_op) {
  const at::Tensor images = image_op(x.transpose(1, 2).flatten(0, 1));
  return images.unflatten(0, {x.size(0), x.size(2)}).transpose(1, 2);
}

/// [B,2C,T,H,W] → [B,C,2T,H,W], channels last in memory: frame 2j from the first half of the channels, 2j+1
/// from the second.
at::Tensor interleave_time(const at::Tensor& x) {
  const at::Tensor frames = x.unflatten(1, {2, -1}).permute({0, 3, 1, 4, 5, 2}).flatten(1, 2);
  return frames.permute({0, 4, 1, 2, 3});
}

}  // namespace

Upsample::Upsample(const Weights& weights, bool temporal)
    : weight_(weights.tensor("resample.1.weight")), bias_(weights.tensor("resample.1.bias")) {
  if (temporal) time_conv_.emplace(weights["time_conv"]);
  if (Winograd::takes(weight_)) {
    winograd_.emplace(weight_, bias_);
    weight_ = winograd_->weight().squeeze(2);
  }
}

at::Tensor Upsample::operator()(at::Tensor x, FeatureCache* cache) const {
  if (time_conv_) x = double_time(x, cache);
  if (winograd_ && Winograd::takes_input(x)) return winograd_->of_doubled(x);
  return for_each_frame(x, [&](const at::Tensor& images) {
    return at::conv2d(
        at::upsample_nearest2d(images, at::OptionalIntArrayRef({images.size(2) * 2, images.size(3) * 2}),
                               std::nullopt),
        weight_, bias_, 1, 1);
  });
}

at::Tensor Upsample::double_time(const at::Tensor& x, FeatureCache* cache) const {
  if (cache) {
    FeatureCache::Slot& slot = cache->take();
    if (slot.started()) return interleave_time((*time_conv_)(x, slot));
    slot.start();
    return x;
  }
  if (x.size(2) == 1) return x;
  const at::Tensor rest = (*time_conv_)(x.narrow(2, 1, x.size(2) - 1), nullptr);
  return at::cat({x.narrow(2, 0, 1), interleave_time(rest)}, 2);
}

Downsample::Downsample(const Weights& weights, bool temporal)
    : weight_(weights.tensor("resample.1.weight")), bias_(weights.tensor("resample.1.bias")) {
  if (temporal) time_conv_.emplace(weights["time_conv"], /*stride_t=*/2);
}

at::Tensor Downsample::operator()(const at::Tensor& x, FeatureCache* cache) const {
  const at::Tensor small = for_each_frame(x, [&](const at::Tensor& images) {
    return at::conv2d(at::constant_pad_nd(images, {0, 1, 0, 1}), weight_, bias_, 2);
  });
  return time_conv_ ? halve_time(small, cache) : small;
}

at::Tensor Downsample::halve_time(const at::Tensor& x, FeatureCache* cache) const {
  if (!cache) {
    return x.size(2) == 1 ? x : at::cat({x.narrow(2, 0, 1), time_conv_->valid(x)}, 2);
  }
  FeatureCache::Slot& slot = cache->take();
  const at::Tensor halved = slot.started() ? time_conv_->valid(at::cat({slot.frames(x.device()), x}, 2)) : x;
  slot.keep(x.narrow(2, x.size(2) - 1, 1));
  return halved;
}

}  // namespace clipmill
