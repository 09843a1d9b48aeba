// Linear layers whose weights are kept in 8 bits a value: a quarter of fp32's memory, and approximate.
#pragma once

#include <ATen/ATen.h>

namespace clipmill {

/// w ≈ scale · values, a scale for each output: symmetric, the row's largest value is ±127.
struct Int8Weight {
  at::Tensor values;  ///< int8 [out, in]
  at::Tensor scale;   ///< fp32 [out]

  explicit Int8Weight(const at::Tensor& weight);
};

/// x Wᵀ + b over the last dimension, some outputs at a time, so that the weights are never there as a whole.
at::Tensor int8_linear(const at::Tensor& x, const Int8Weight& weight, const at::Tensor& bias);

}  // namespace clipmill
