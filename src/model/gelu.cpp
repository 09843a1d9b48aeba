#include "model/gelu.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace clipmill {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// ½(1 + tanh u) = sigmoid(2u), and 2u = x (kLinear + kCubic x²).
const double kLinear = 2 * std::sqrt(2 / std::numbers::pi);
const double kCubic = 0.044715 * kLinear;
constexpr std::int64_t kChunk = 32768;  // values at a time, so that all passes over them stay in the cache

/// Writes y = gelu(x) and its derivative. All of one dimension and one length; `scratch` and `rest` are for
/// what lies between.
void compute(const at::Tensor& x, at::Tensor y, at::Tensor derivative, at::Tensor scratch, at::Tensor rest) {
  const at::Tensor linear = at::scalar_tensor(kLinear, x.options());
  at::Tensor gate = derivative;
  at::addcmul_out(scratch, linear, x, x, kCubic);  // 2u / x
  at::mul_out(gate, scratch, x).sigmoid_();
  at::mul_out(y, x, gate);
  // y' = gate + x·gate·(1 − gate)·(2u)'
  at::addcmul_out(scratch, linear, x, x, 3 * kCubic);  // (2u)'
  at::addcmul_out(rest, y, y, gate, -1);
  derivative.addcmul_(rest, scratch);
}

constexpr std::int64_t kInPlaceChunk = std::int64_t{1} << 17;  // enough for several threads

class GeluWithDerivative : public torch::autograd::Function<GeluWithDerivative> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input) {
    const at::Tensor x = input.contiguous().view(-1);
    const at::Tensor y = at::empty_like(x), derivative = at::empty_like(x);
    const at::Tensor scratch = at::empty({kChunk}), rest = at::empty({kChunk});
    for (std::int64_t first = 0; first < x.numel(); first += kChunk) {
      const std::int64_t count = std::min(kChunk, x.numel() - first);
      compute(x.narrow(0, first, count), y.narrow(0, first, count), derivative.narrow(0, first, count),
              scratch.narrow(0, 0, count), rest.narrow(0, 0, count));
    }
    context->save_for_backward({derivative.view(input.sizes())});
    return y.view(input.sizes());
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    TORCH_CHECK(!c10::GradMode::is_enabled(), "gelu_tanh gives no gradients of gradients");
    return {gradients[0] * context->get_saved_variables()[0]};
  }
};

}  // namespace

at::Tensor gelu_tanh(const at::Tensor& x) {
  const bool slow = x.is_cpu() && x.scalar_type() == at::kFloat;
  return slow && c10::GradMode::is_enabled() && x.requires_grad() ? GeluWithDerivative::apply(x)
                                                                  : at::gelu(x, "tanh");
}

void gelu_tanh_(const at::Tensor& x) {
  if (!x.is_cpu()) {
    at::Tensor all = x;
    at::gelu_(all, "tanh");
    return;
  }
  const at::Tensor values = x.view(-1);
  for (std::int64_t first = 0; first < values.numel(); first += kInPlaceChunk) {
    const std::int64_t count = std::min(kInPlaceChunk, values.numel() - first);
    const at::Tensor part = count == values.numel() ? values : values.narrow(0, first, count);
    at::Tensor gate = at::square(part).mul_(kCubic).add_(kLinear);  // 2u / x
    part.mul_(gate.mul_(part).sigmoid_());
  }
}

}  // namespace clipmill
