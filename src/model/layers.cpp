#include "model/layers.h"

#include <utility>

#include "model/large_product.h"
#include "model/wide_inference.h"
#include "model/wide_product.h"

namespace clipmill {

Linear::Linear(const Weights& weights) : weight(weights.tensor("weight")), low_rank(weights.low_rank()) {
  if (weights.has("bias")) bias = weights.tensor("bias");
  if (weights.in_8_bits()) int8.emplace(std::exchange(weight, {}));
}

at::Tensor Linear::product(const at::Tensor& x) const {
  if (int8) return int8_linear(x, *int8, bias);
  if (computed_wide(x)) return wide_linear(x, weight, bias);
  if (is_large_product(x, weight)) return large_linear(x, weight, bias);
  if (!half_is_emulated(x)) return at::linear(x, weight, bias);
  // A base that is not trained may be kept in half precision while the product is a wide one.
  const auto wide = [w = weight, b = bias](const Tensors& in) {
    const at::ScalarType type = in[0].scalar_type();
    return at::linear(in[0], w.to(type), b.defined() ? b.to(type) : b);
  };
  return wide_product(wide, {x});
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
  at::Tensor y = product(x);
  for (const LowRank& l : low_rank)
    y = y + l.scale * at::linear(at::linear(x, l.a.to(x.scalar_type())), l.b.to(x.scalar_type()));
  return y;
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x.to(at::kFloat), {x.size(-1)}, weight, bias, eps);
}

at::Tensor RmsNorm::operator()(const at::Tensor& x) const {
  return at::rms_norm(x, {x.size(-1)}, weight, eps);
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias) {
  if (computed_wide(q) && q.scalar_type() == at::kHalf) return wide_attention(q, k, v, bias);
  const Product product = [bias](const Tensors& in) {
    const std::optional<at::Tensor> mask =
        bias.defined() ? std::optional(bias.to(in[0].scalar_type())) : std::nullopt;
    return at::scaled_dot_product_attention(in[0].transpose(1, 2), in[1].transpose(1, 2),
                                            in[2].transpose(1, 2), mask);
  };
  const at::Tensor mixed = half_is_emulated(q) ? wide_product(product, {q, k, v}) : product({q, k, v});
  return mixed.transpose(1, 2).flatten(2);
}

}  // namespace clipmill
