#include "cost/transformer_work.h"

#include <algorithm>
#include <cmath>

#include "checkpoint/layout.h"
#include "cost/wide_product.h"

namespace clipmill {
namespace {

/// Values: a piece of an element-wise chain, or a thread's tile of the attention scores.
constexpr double kScratch = 2 << 17;

/// At most so much, as there is no more of a small clip.
double scratch(const TransformerConfig& config, double tokens) {
  return std::min(kScratch, 2 * tokens * config.inner_dim());
}

double values_per_token(const TransformerConfig& config, int channels) {
  const auto [frames, rows, columns] = config.patch_size;
  return static_cast<double>(frames * rows * columns * channels);
}

/// As TransformerBlock::apply goes about it.
double block_values(const TransformerConfig& config, double tokens, const DenoisePlan& plan, double fp32,
                    bool widens) {
  const double d = config.inner_dim(), f = config.ffn_dim;
  const double chunk = std::ceil(tokens / plan.chunks);
  const double slice = std::ceil(tokens / (plan.chunks * std::ceil((d + f) / (4 * d))));
  const double sums_of_softmax = fp32 * chunk * config.num_attention_heads;
  const auto wide = [&](double rows, double inputs) {
    if (fp32 > 1 && widens) return fp32 * wide_product_values(rows, inputs);
    if (!plan.int8) return 0.0;
    const double product = fp32 > 1 ? half_int8_product_values(inputs) : int8_product_values(rows, inputs);
    return std::max(0.0, product - scratch(config, tokens));  // never both
  };
  // Torch's attention in half precision: scores in fp32, and again in half, where fp32 has one tile.
  const double tiles = fp32 > 1 && !widens ? 2 * scratch(config, chunk) : 0;
  const double attention = 2 * tokens * d + 2 * chunk * d + std::max(sums_of_softmax + tiles, wide(chunk, d));
  return std::max(attention, slice * (d + f) + wide(slice, f));
}

/// Keys and values of the prompts, or what they are made of.
double text_values(const TransformerConfig& config, double text_tokens, int prompts,
                   const DenoisePlan& plan) {
  const double one = text_tokens * config.inner_dim();
  return plan.streamed ? prompts * one + 2 * one : prompts * text_values_of_prompt(config, text_tokens);
}

}  // namespace

double text_values_of_prompt(const TransformerConfig& config, double text_tokens) {
  return config.num_layers * 2 * text_tokens * config.inner_dim();
}

double transformer_flops(const TransformerConfig& config, double tokens, double text_tokens) {
  const double d = config.inner_dim(), f = config.ffn_dim, layers = config.num_layers;
  const double linear = 2 * tokens * (6 * d * d + 2 * d * f);
  const double attention = 4 * tokens * tokens * d + 4 * tokens * text_tokens * d;
  const double ends = 2 * tokens * d * values_per_token(config, config.in_channels + config.out_channels);
  return layers * (linear + attention) + ends;
}

double text_context_flops(const TransformerConfig& config, double text_tokens) {
  const double d = config.inner_dim();
  return config.num_layers * 4 * text_tokens * d * d + 2 * text_tokens * d * (config.text_dim + d);
}

double transformer_activations(const TransformerConfig& config, double tokens, double text_tokens,
                               int prompts, const DenoisePlan& plan, Precision precision, bool widens) {
  const double d = config.inner_dim(), fp32 = precision == Precision::kFp32 ? 1 : 2;
  const bool together = prompts_together(plan, static_cast<std::int64_t>(tokens * d));
  const double batch = together ? prompts : 1, states = (plan.streamed ? prompts : batch) * tokens * d;
  const double rotary = fp32 * tokens * config.attention_head_dim;
  const double velocities = prompts * tokens * values_per_token(config, config.out_channels);
  return states + block_values(config, batch * tokens, plan, fp32, widens) + rotary +
         text_values(config, text_tokens, prompts, plan) + velocities + scratch(config, batch * tokens);
}

LayeredWeights transformer_weights(const TransformerConfig& config, Precision precision, bool int8) {
  const double half = precision == Precision::kFp32 ? 1 : 2;
  LayeredWeights weights{.layers = config.num_layers};
  for (const TensorSpec& tensor : transformer_layout(config)) {
    const auto count = static_cast<double>(parameter_count({tensor}));
    double values = (kept_in_fp32(tensor.name) ? half : 1) * count;
    if (int8 && tensor.name.starts_with("blocks.") && tensor.shape.size() == 2) {
      weights.making = std::max(weights.making, values);
      values = half * (count / 4 + static_cast<double>(tensor.shape[0]));  // 8 bits, and a scale each output
    }
    weights.largest = std::max(weights.largest, half * count);
    weights.all += values;
    if (tensor.name.starts_with("blocks.0.")) weights.layer += values;
  }
  return weights;
}

LayeredWeights with_loras(LayeredWeights weights, double lora_values) {
  weights.making = std::max(weights.making, 2 * weights.largest + lora_values);
  return weights;
}

}  // namespace clipmill
