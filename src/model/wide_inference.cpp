#include "model/wide_inference.h"

#include <c10/core/GradMode.h>

#include <algorithm>

#include "base/half_units.h"
#include "model/slices.h"

namespace clipmill {
namespace {

constexpr std::int64_t kRows = 256;                      // of weights and of x at a time
constexpr std::int64_t kValues = std::int64_t{1} << 19;  // of the keys at a time

at::Tensor wide(const at::Tensor& x) { return x.defined() ? x.to(at::kFloat) : x; }

}  // namespace

bool computed_wide(const at::Tensor& x) {
  return x.is_cpu() && x.scalar_type() != at::kFloat && !has_half_units() && !c10::GradMode::is_enabled();
}

at::Tensor wide_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       const at::Tensor& scale) {
  const at::ScalarType type = computed_wide(x) ? at::kFloat : x.scalar_type();
  const at::Tensor rows = x.reshape({-1, x.size(-1)});
  // Scaled results are in fp32 for a moment: as many at a time with half-precision units as without.
  const std::int64_t at_a_time = x.is_cpu() && x.scalar_type() != at::kFloat ? kRows : rows.size(0);
  const at::Tensor result = at::empty({rows.size(0), weight.size(0)}, x.options());
  in_slices(weight.size(0), kRows, [&](std::int64_t first, std::int64_t outputs) {
    const auto of_outputs = [&](const at::Tensor& t, at::ScalarType as) {
      return t.defined() ? t.narrow(0, first, outputs).to(as) : t;
    };
    const at::Tensor w = of_outputs(weight, type), s = of_outputs(scale, at::kFloat);
    const at::Tensor b = of_outputs(bias, scale.defined() ? at::kFloat : type);
    in_slices(rows.size(0), at_a_time, [&](std::int64_t row, std::int64_t count) {
      const at::Tensor in = rows.narrow(0, row, count).to(type);
      at::Tensor y = at::linear(in, w, s.defined() ? at::Tensor() : b);
      if (s.defined()) y = y.to(at::kFloat).mul_(s);
      if (s.defined() && b.defined()) y.add_(b);
      result.narrow(0, row, count).narrow(1, first, outputs).copy_(y);
    });
  });
  auto sizes = x.sizes().vec();
  sizes.back() = weight.size(0);
  return result.view(sizes);
}

at::Tensor wide_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                          const at::Tensor& bias) {
  const at::Tensor result = at::empty(q.sizes(), q.options());
  const at::Tensor mask = wide(bias);
  const auto of_heads = [](const at::Tensor& x, std::int64_t first, std::int64_t count) {
    return x.narrow(2, first, count).transpose(1, 2);
  };
  const std::int64_t largest = std::max(q.size(1), k.size(1)) * q.size(0) * q.size(3);
  in_slices(q.size(2), std::max<std::int64_t>(1, kValues / largest),
            [&](std::int64_t first, std::int64_t count) {
              of_heads(result, first, count)
                  .copy_(at::scaled_dot_product_attention(
                      wide(of_heads(q, first, count)), wide(of_heads(k, first, count)),
                      wide(of_heads(v, first, count)), mask.defined() ? std::optional(mask) : std::nullopt));
            });
  return result.flatten(2);
}

}  // namespace clipmill
