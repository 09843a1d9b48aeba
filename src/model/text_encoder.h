// UMT5 encoder: token ids to hidden states.
#pragma once

#include <cstdint>
#include <vector>

#include "checkpoint/config.h"
#include "model/block_source.h"
#include "model/layers.h"

namespace clipmill {

/// As the reference has them: in fp16 the last product of a layer stays in fp32, which it would overflow.
DtypeRule text_encoder_dtypes(at::ScalarType dtype);

class TextEncoder {
 public:
  TextEncoder(const TextEncoderConfig& config, const TensorSource& source, at::ScalarType dtype,
              at::Device device, BlockStorage storage = BlockStorage::kResident);
  /// On weights that are already where and what they should be (streamed: that come so from their store).
  TextEncoder(const TextEncoderConfig& config, const Weights& weights, const at::Tensor& embedding,
              at::ScalarType dtype, BlockStorage storage = BlockStorage::kResident);

  /// Hidden states of the real tokens followed by zero rows: [1, length, d_model]. Padding tokens are masked
  /// in the reference, so leaving them out changes nothing but the time.
  at::Tensor encode(const std::vector<std::int64_t>& ids, int length) const;

  /// ids [B, S] → [B, S, d_model]. `mask` [B, S], true for real tokens; undefined: all are. Both on any
  /// device.
  at::Tensor operator()(const at::Tensor& ids, const at::Tensor& mask = {}) const;

 private:
  struct Layer {
    RmsNorm attention_norm, ffn_norm;
    Linear q, k, v, o;
    at::Tensor relative_bias;  // [buckets, heads]
    Linear wi_0, wi_1, wo;
  };

  static Layer read_layer(const TextEncoderConfig& config, const Weights& weights);
  /// hidden [B,1,1,S]: the tokens nobody attends to; undefined: none.
  at::Tensor attention(const Layer& layer, const at::Tensor& n, const at::Tensor& buckets,
                       const at::Tensor& hidden) const;
  at::Tensor feed_forward(const Layer& layer, const at::Tensor& n) const;

  TextEncoderConfig config_;
  at::ScalarType dtype_;
  at::Tensor embedding_;  // [vocabulary, d_model]: the mapped file itself, in its own type; or a parameter
  BlockSource<Layer> layers_;
  RmsNorm final_norm_;
};

/// T5's bucket of each signed distance key − query, bidirectional: [S, S] int64.
at::Tensor relative_buckets(std::int64_t length, int num_buckets, int max_distance);

}  // namespace clipmill
