#include "model/large_product.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/GradMode.h>

#include <string_view>

namespace clipmill {
namespace {

constexpr std::int64_t kLeastRows = 256, kLeastProducts = std::int64_t{1} << 30;  // below, MKL is as fast

using PostOpScalars = c10::List<std::optional<at::Scalar>>;
using PointwiseLinear = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                                   std::string_view, PostOpScalars, std::optional<std::string_view>);

}  // namespace

bool is_large_product(const at::Tensor& x, const at::Tensor& weight) {
  if (!x.is_cpu() || x.scalar_type() != at::kFloat || c10::GradMode::is_enabled() || !at::hasMKLDNN())
    return false;
  const std::int64_t rows = x.numel() / x.size(-1);
  return rows >= kLeastRows && rows * weight.numel() >= kLeastProducts;
}

at::Tensor large_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  // Torch has no C++ function for it: it is there for what torch.compile makes.
  static const auto linear = c10::Dispatcher::singleton()
                                 .findSchemaOrThrow("mkldnn::_linear_pointwise", "")
                                 .typed<PointwiseLinear>();
  return linear.call(x, weight, bias.defined() ? std::optional(bias) : std::nullopt, "none", PostOpScalars(), "");
}

}  // namespace clipmill
