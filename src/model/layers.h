// The layers that transformer and text encoder are made of. Weights are [out, in] as in the checkpoint.
#pragma once

#include <ATen/ATen.h>

#include <optional>

#include "model/int8_linear.h"
#include "model/weights.h"

namespace clipmill {

/// y = x Wᵀ + b over the last dimension, plus what low-rank adapters add.
struct Linear {
  at::Tensor weight, bias;         ///< bias undefined: none
  std::optional<Int8Weight> int8;  ///< in the place of `weight`, which is undefined then
  std::vector<LowRank> low_rank;

  Linear() = default;
  explicit Linear(const Weights& weights);
  at::Tensor operator()(const at::Tensor& x) const;
  std::int64_t outputs() const { return (int8 ? int8->values : weight).size(0); }

 private:
  at::Tensor product(const at::Tensor& x) const;
};

/// (x − mean) / √(var + ε) over the last dimension, in fp32 whatever x's type; optional affine.
struct LayerNorm {
  double eps = 1e-6;
  at::Tensor weight, bias;

  at::Tensor operator()(const at::Tensor& x) const;
};

/// x / √(mean(x²) + ε) · w over the last dimension; half types compute in fp32 and round once.
struct RmsNorm {
  double eps = 1e-6;
  at::Tensor weight;

  at::Tensor operator()(const at::Tensor& x) const;
};

/// softmax(QKᵀ/√d + bias) V per head: q [B,Lq,H,d], k, v [B,Lk,H,d], bias [B,1,1,Lk] or none → [B,Lq,H·d].
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const at::Tensor& bias = {});

}  // namespace clipmill
