#include "model/int8_linear.h"

#include "model/slices.h"
#include "model/wide_inference.h"

namespace clipmill {
namespace {

constexpr double kLargest = 127;
constexpr std::int64_t kRounded = 32;  // rows of a weight at a time

}  // namespace

Int8Weight::Int8Weight(const at::Tensor& weight)
    : values(at::empty(weight.sizes(), weight.options().dtype(at::kChar))),
      scale(at::empty({weight.size(0)}, weight.options().dtype(at::kFloat))) {
  in_slices(weight.size(0), kRounded, [&](std::int64_t first, std::int64_t count) {
    const at::Tensor rows = weight.narrow(0, first, count).to(at::kFloat);
    const at::Tensor step = (rows.abs().amax(1) / kLargest).clamp_min(1e-30);
    values.narrow(0, first, count).copy_(at::round(rows / step.unsqueeze(1)));
    scale.narrow(0, first, count).copy_(step);
  });
}

at::Tensor int8_linear(const at::Tensor& x, const Int8Weight& weight, const at::Tensor& bias) {
  return wide_linear(x, weight.values, bias, weight.scale);
}

}  // namespace clipmill
