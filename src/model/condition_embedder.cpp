#include "model/condition_embedder.h"

#include <cmath>

namespace clipmill {

at::Tensor sinusoid(const at::Tensor& timestep, int dim) {
  // In fp32 and in this order of operations: at t ≈ 1000 another order differs by 1e-4.
  const int half = dim / 2;
  const auto options = at::TensorOptions(at::kFloat).device(timestep.device());
  const auto frequencies = at::exp(at::arange(0, half, options) * -std::log(10000.0) / half);
  const auto angle = timestep.to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);
  const auto both = at::cat({angle.cos(), angle.sin()}, -1);
  return dim % 2 == 0 ? both : at::constant_pad_nd(both, {0, 1});
}

ConditionEmbedder::ConditionEmbedder(const TransformerConfig& config, const Weights& weights)
    : freq_dim_(config.freq_dim),
      time_1_(weights["time_embedder.linear_1"]),
      time_2_(weights["time_embedder.linear_2"]),
      time_proj_(weights["time_proj"]),
      text_1_(weights["text_embedder.linear_1"]),
      text_2_(weights["text_embedder.linear_2"]) {}

TimeEmbedding ConditionEmbedder::time(const at::Tensor& timestep) const {
  const auto frequencies = sinusoid(timestep, freq_dim_).to(time_1_.weight.scalar_type());
  const auto temb = time_2_(at::silu(time_1_(frequencies))).to(time_proj_.weight.scalar_type());
  return {temb, time_proj_(at::silu(temb)).unflatten(1, {6, -1})};
}

at::Tensor ConditionEmbedder::text(const at::Tensor& embeds) const {
  return text_2_(at::gelu(text_1_(embeds), "tanh"));
}

}  // namespace clipmill
