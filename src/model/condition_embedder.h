// What the transformer is conditioned on: the time step and the prompt.
#pragma once

#include "checkpoint/config.h"
#include "model/layers.h"

namespace clipmill {

struct TimeEmbedding {
  at::Tensor temb;        ///< [B, d], for the head
  at::Tensor modulation;  ///< [B, 6, d], for the blocks
};

class ConditionEmbedder {
 public:
  ConditionEmbedder(const TransformerConfig& config, const Weights& weights);

  /// timestep [B] in 0..1000, of any type. The result has the type of the half- or full-precision weights.
  TimeEmbedding time(const at::Tensor& timestep) const;
  /// [B, S, text_dim] → [B, S, d]. Padding positions (zeros) take part: they become a constant vector.
  at::Tensor text(const at::Tensor& embeds) const;

 private:
  int freq_dim_;
  Linear time_1_, time_2_, time_proj_, text_1_, text_2_;
};

/// cos and sin of t·10000^(−j/half), cos first: [B] → [B, dim] fp32.
at::Tensor sinusoid(const at::Tensor& timestep, int dim);

}  // namespace clipmill
