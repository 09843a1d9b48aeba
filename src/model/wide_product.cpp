#include "model/wide_product.h"

#include <ATen/autocast_mode.h>

#include "base/half_units.h"
#include "vram/autocast.h"

namespace clipmill {
namespace {

Tensors converted(const Tensors& tensors, at::ScalarType type) {
  Tensors result;
  for (const at::Tensor& tensor : tensors) result.push_back(tensor.to(type));
  return result;
}

}  // namespace

bool half_is_emulated(const at::Tensor& x) {
  return x.is_cpu() && at::autocast::is_autocast_enabled(at::kCPU) && !has_half_units();
}

at::Tensor wide_product(const Product& product, const Tensors& inputs) {
  const at::ScalarType half = at::autocast::get_autocast_dtype(at::kCPU);
  const Segment segment = [product, half](const Tensors& in) {
    const AutocastGuard off(at::kCPU, half, /*enabled=*/false);
    return Tensors{product(converted(in, at::kFloat)).to(half)};
  };
  return checkpoint(segment, converted(inputs, half), {.rng = false})[0];
}

}  // namespace clipmill
