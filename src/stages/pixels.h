// From the VAE's pixels to 8 bits.
#pragma once

#include <ATen/ATen.h>

#include "media/frame.h"

namespace clipmill {

/// [1,3,n,H,W] in −1..1 → uint8 [n,H,W,3] on the CPU, rounded to nearest.
at::Tensor to_bytes(const at::Tensor& pixels);
/// Frame i of to_bytes().
Frame frame_at(const at::Tensor& bytes, std::int64_t i);

}  // namespace clipmill
