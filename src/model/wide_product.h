// Products under autocast on a CPU without units for half precision, where torch's take ten times as long as
// in fp32.
#pragma once

#include <ATen/ATen.h>

#include <functional>

#include "vram/activation_checkpoint.h"

namespace clipmill {

/// Whether autocast is on for x and its processor has no such units.
bool half_is_emulated(const at::Tensor& x);

using Product = std::function<at::Tensor(const Tensors&)>;

/// product(inputs), computed in fp32 between tensors of autocast's type: inputs and result are rounded to it,
/// and only so are they kept for the backward pass. At least as exact as a product in that type.
at::Tensor wide_product(const Product& product, const Tensors& inputs);

}  // namespace clipmill
