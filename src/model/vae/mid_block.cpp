#include "model/vae/mid_block.h"

namespace clipmill {

at::Tensor FrameAttention::operator()(const at::Tensor& x) const {
  const std::int64_t batch = x.size(0), frames = x.size(2), height = x.size(3), width = x.size(4);
  const at::Tensor images = x.transpose(1, 2).flatten(0, 1);  // [B·T, C, H, W]
  const at::Tensor projected = at::conv2d(norm_(images), qkv_weight_, qkv_bias_).flatten(2).transpose(1, 2);
  // With channels side by side: else torch writes down the scores of all positions.
  const auto qkv = projected.contiguous().unsqueeze(1).chunk(3, -1);
  const at::Tensor mixed =
      at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2]).squeeze(1).transpose(1, 2);
  const at::Tensor out = at::conv2d(mixed.unflatten(2, {height, width}), proj_weight_, proj_bias_);
  return out.unflatten(0, {batch, frames}).transpose(1, 2) + x;
}

}  // namespace clipmill
