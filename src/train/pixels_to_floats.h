// From 8-bit clips to what a VAE sees.
#pragma once

#include <ATen/ATen.h>

namespace clipmill {

/// uint8 [B,T,H,W,3] → fp32 [B,3,T,H,W] in −1..1.
inline at::Tensor to_floats(const at::Tensor& clips) {
  return clips.permute({0, 4, 1, 2, 3}).to(at::kFloat).div_(127.5).sub_(1).contiguous();
}

}  // namespace clipmill
