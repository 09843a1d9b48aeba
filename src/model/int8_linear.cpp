#include "model/int8_linear.h"

#include "model/slices.h"
#include "model/wide_inference.h"

namespace clipmill {
namespace {

constexpr double kLargest = 127;
constexpr std::int64_t kRounded = 32;  // rows of a weight at a time
constexpr std::int64_t kPiece = 256;   // of outputs and, where they are converted, of x at a time

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
  const bool wide = computed_wide(x);
  const at::ScalarType type = wide ? at::kFloat : x.scalar_type();
  const at::Tensor rows = x.reshape({-1, x.size(-1)});
  auto sizes = x.sizes().vec();
  sizes.back() = weight.values.size(0);
  const at::Tensor result = at::empty(sizes, x.options()), flat = result.view({-1, sizes.back()});
  in_slices(sizes.back(), kPiece, [&](std::int64_t first, std::int64_t outputs) {
    const at::Tensor w = weight.values.narrow(0, first, outputs).to(type);
    const at::Tensor scale = weight.scale.narrow(0, first, outputs);
    in_slices(rows.size(0), wide ? kPiece : rows.size(0), [&](std::int64_t row, std::int64_t count) {
      at::Tensor y = at::linear(rows.narrow(0, row, count).to(type), w).to(at::kFloat).mul_(scale);
      if (bias.defined()) y.add_(bias.narrow(0, first, outputs));
      flat.narrow(0, row, count).narrow(1, first, outputs).copy_(y);
    });
  });
  return result;
}

}  // namespace clipmill
