#include "model/layers.h"

namespace clipmill {

Linear::Linear(const Weights& weights)
    : weight(weights.tensor("weight")), low_rank(weights.low_rank()) {
  if (weights.has("bias")) bias = weights.tensor("bias");
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
  at::Tensor y = at::linear(x, weight, bias);
  for (const LowRank& l : low_rank) y = y + l.scale * at::linear(at::linear(x, l.a), l.b);
  return y;
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x.to(at::kFloat), {x.size(-1)}, weight, bias, eps);
}

at::Tensor RmsNorm::operator()(const at::Tensor& x) const {
  return at::rms_norm(x, {x.size(-1)}, weight, eps);
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias) {
  const std::optional<at::Tensor> mask = bias.defined() ? std::optional(bias.to(q.scalar_type())) : std::nullopt;
  const at::Tensor mixed =
      at::scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), mask);
  return mixed.transpose(1, 2).flatten(2);
}

}  // namespace clipmill
