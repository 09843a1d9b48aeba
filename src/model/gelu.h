// GELU as the transformer and the text encoder have it: by tanh.
#pragma once

#include <ATen/ATen.h>

namespace clipmill {

/// x·½(1 + tanh(√(2/π)(x + 0.044715 x³))). Where a gradient is wanted in fp32 on a CPU, it is equal to
/// rounding and a third of the time of at::gelu, whose tanh is slow there and computed twice: the derivative
/// is kept in place of x. That path gives no gradients of gradients: it throws c10::Error.
at::Tensor gelu_tanh(const at::Tensor& x);

/// The same in place, without gradients.
void gelu_tanh_(const at::Tensor& x);

}  // namespace clipmill
