// Large fp32 products on a CPU, by oneDNN: MKL holds back on processors that are not Intel's.
#pragma once

#include <ATen/ATen.h>

namespace clipmill {

/// Whether x Wᵀ is such a product and no gradient is wanted. By the shapes alone: the same clip takes the same
/// way on every run.
bool is_large_product(const at::Tensor& x, const at::Tensor& weight);

/// As at::linear.
at::Tensor large_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace clipmill
