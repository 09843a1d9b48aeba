// Half precision on a CPU without units for it, where torch's products take ten times as long as in fp32:
// half tensors, products in fp32 a piece at a time, rounded once. At least as exact as products in half
// precision.
#pragma once

#include <ATen/ATen.h>

namespace clipmill {

/// Whether x is such a tensor and no gradient is wanted.
bool computed_wide(const at::Tensor& x);

/// x Wᵀ·scale + b of a weight in another type than the product's, converted some outputs at a time so that it
/// is never there as a whole; of x so much at a time as is converted. `scale` [out], `bias` undefined: none.
at::Tensor wide_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       const at::Tensor& scale = {});

/// As attention() in layers.h. For fp16: torch's for bf16 is no slower than in fp32.
at::Tensor wide_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                          const at::Tensor& bias);

}  // namespace clipmill
