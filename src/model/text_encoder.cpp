#include "model/text_encoder.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "model/tensor_io.h"
#include "vram/memory_scope.h"

namespace clipmill {
namespace {

/// T5 rounds to the weight's type before the product with the weight; torch's fused norm after it.
at::Tensor t5_norm(const RmsNorm& norm, const at::Tensor& x) {
  const auto wide = x.to(at::kFloat);
  const auto scaled = wide * at::rsqrt(wide.square().mean(-1, true) + norm.eps);
  return norm.weight * scaled.to(norm.weight.scalar_type());
}

/// fp16 overflows in the residual stream of this encoder: clamped as in the reference.
at::Tensor clamp_half(const at::Tensor& x) {
  if (x.scalar_type() != at::kHalf) return x;
  const double largest = 65504.0 - (at::isinf(x).any().item<bool>() ? 1000.0 : 0.0);
  return x.clamp(-largest, largest);
}

/// Stored under one name or both; then both must hold the same, or half of the file would be ignored.
at::Tensor input_embedding(const TensorSource& source) {
  const Located shared = source.find("shared.weight"), tied = source.find("encoder.embed_tokens.weight");
  const Located chosen = shared ? shared : tied ? tied : source.at("shared.weight");
  const at::Tensor mapped = mapped_tensor(*chosen.file, *chosen.info);
  if (shared && tied && !at::equal(mapped, mapped_tensor(*tied.file, *tied.info))) {
    throw input_error("{}: shared.weight and encoder.embed_tokens.weight differ; they must be the same table",
                      source.folder().string());
  }
  return mapped;
}

}  // namespace

DtypeRule text_encoder_dtypes(at::ScalarType dtype) {
  return [dtype](std::string_view name) {
    return dtype == at::kHalf && name.find(".wo.") != std::string_view::npos ? at::kFloat : dtype;
  };
}

at::Tensor relative_buckets(std::int64_t length, int num_buckets, int max_distance) {
  const auto positions = at::arange(length);
  const auto distance = positions.unsqueeze(0) - positions.unsqueeze(1);
  const int half = num_buckets / 2, exact = half / 2;
  const auto magnitude = distance.abs();
  // The reference's operations in fp32, so that the powers of two fall into the same bucket.
  const auto ratio =
      at::log(magnitude.to(at::kFloat) / exact) / std::log(static_cast<double>(max_distance) / exact);
  const auto far = (exact + (ratio * (half - exact)).to(at::kLong)).clamp_max(half - 1);
  return (distance > 0).to(at::kLong) * half + at::where(magnitude < exact, magnitude, far);
}

TextEncoder::TextEncoder(const TextEncoderConfig& config, const TensorSource& source, at::ScalarType dtype,
                         at::Device device, BlockStorage storage)
    : TextEncoder(config,
                  Weights(std::make_shared<CheckpointWeights>(source, device, text_encoder_dtypes(dtype))),
                  input_embedding(source), dtype, storage) {}

TextEncoder::TextEncoder(const TextEncoderConfig& config, const Weights& weights, const at::Tensor& embedding,
                         at::ScalarType dtype, BlockStorage storage)
    : config_(config),
      dtype_(dtype),
      embedding_(embedding),
      layers_(
          config.num_layers,
          [config, weights](int i) {
            return read_layer(config, weights[fmt::format("encoder.block.{}.layer", i)]);
          },
          storage),
      final_norm_{config.layer_norm_epsilon, weights.tensor("encoder.final_layer_norm.weight")} {}

TextEncoder::Layer TextEncoder::read_layer(const TextEncoderConfig& config, const Weights& weights) {
  const Weights attention = weights["0.SelfAttention"], ffn = weights["1.DenseReluDense"];
  return {{config.layer_norm_epsilon, weights.tensor("0.layer_norm.weight")},
          {config.layer_norm_epsilon, weights.tensor("1.layer_norm.weight")},
          Linear(attention["q"]),
          Linear(attention["k"]),
          Linear(attention["v"]),
          Linear(attention["o"]),
          attention.tensor("relative_attention_bias.weight"),
          Linear(ffn["wi_0"]),
          Linear(ffn["wi_1"]),
          Linear(ffn["wo"])};
}

at::Tensor TextEncoder::encode(const std::vector<std::int64_t>& ids, int length) const {
  const auto real = std::min<std::int64_t>(static_cast<std::int64_t>(ids.size()), length);
  for (const std::int64_t id : ids) {
    if (id < 0 || id >= embedding_.size(0)) {
      throw input_error(
          "the tokenizer gives token {}, but the text encoder knows {}: they do not belong together", id,
          embedding_.size(0));
    }
  }
  const at::Tensor states = (*this)(at::tensor(ids, at::kLong).narrow(0, 0, real).unsqueeze(0));
  return at::constant_pad_nd(states, {0, 0, 0, length - real});
}

at::Tensor TextEncoder::operator()(const at::Tensor& ids, const at::Tensor& mask) const {
  const at::Device device = final_norm_.weight.device();
  // A checkpoint's table stays in its file, on the CPU: a prompt needs a few hundred of its 256,384 rows.
  at::Tensor x = at::embedding(embedding_, ids.to(embedding_.device())).to(device, dtype_);
  const at::Tensor hidden =
      mask.defined() ? mask.to(device).logical_not().view({ids.size(0), 1, 1, -1}) : at::Tensor();
  const auto buckets = relative_buckets(ids.size(1), config_.relative_attention_num_buckets,
                                        config_.relative_attention_max_distance)
                           .to(device);
  layers_.for_each([&](const Layer& layer, int index) {
    const MemoryScope scope("layer", index);
    x = clamp_half(x + attention(layer, t5_norm(layer.attention_norm, x), buckets, hidden));
    x = clamp_half(x + feed_forward(layer, t5_norm(layer.ffn_norm, x)));
  });
  return t5_norm(final_norm_, x);
}

at::Tensor TextEncoder::attention(const Layer& layer, const at::Tensor& n, const at::Tensor& buckets,
                                  const at::Tensor& hidden) const {
  const auto heads = [&](const at::Tensor& x) {
    return x.unflatten(-1, {config_.num_heads, -1}).transpose(1, 2);
  };
  at::Tensor scores = at::matmul(heads(layer.q(n)), heads(layer.k(n)).transpose(2, 3));  // no 1/√d in T5
  scores = scores.add_(at::embedding(layer.relative_bias, buckets).permute({2, 0, 1}).unsqueeze(0));
  if (hidden.defined()) scores = scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
  return layer.o(at::matmul(scores.softmax(-1), heads(layer.v(n))).transpose(1, 2).flatten(2));
}

at::Tensor TextEncoder::feed_forward(const Layer& layer, const at::Tensor& n) const {
  const at::Tensor hidden = at::gelu(layer.wi_0(n), "tanh") * layer.wi_1(n);
  return layer.wo(hidden.to(layer.wo.weight.scalar_type()));
}

}  // namespace clipmill
