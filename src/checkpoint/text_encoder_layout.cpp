#include <fmt/format.h>

#include "checkpoint/layout.h"
#include "checkpoint/layout_builder.h"

namespace clipmill {
namespace {

void add_block(LayoutBuilder& builder, const std::string& name, const TextEncoderConfig& config) {
  const std::int64_t dim = config.d_model;
  const std::int64_t inner = config.inner_dim();
  for (const char* projection : {"q", "k", "v"}) {
    builder.add(fmt::format("{}.layer.0.SelfAttention.{}.weight", name, projection), {inner, dim});
  }
  builder.add(name + ".layer.0.SelfAttention.o.weight", {dim, inner});
  builder.add(name + ".layer.0.SelfAttention.relative_attention_bias.weight",
              {config.relative_attention_num_buckets, config.num_heads});
  builder.add(name + ".layer.0.layer_norm.weight", {dim});
  builder.add(name + ".layer.1.DenseReluDense.wi_0.weight", {config.d_ff, dim});
  builder.add(name + ".layer.1.DenseReluDense.wi_1.weight", {config.d_ff, dim});
  builder.add(name + ".layer.1.DenseReluDense.wo.weight", {dim, config.d_ff});
  builder.add(name + ".layer.1.layer_norm.weight", {dim});
}

}  // namespace

std::vector<TensorSpec> text_encoder_layout(const TextEncoderConfig& config) {
  LayoutBuilder builder;
  builder.add("shared.weight", {config.vocab_size, config.d_model});
  for (int i = 0; i < config.num_layers; ++i) add_block(builder, fmt::format("encoder.block.{}", i), config);
  builder.add("encoder.final_layer_norm.weight", {config.d_model});
  return builder.take();
}

}  // namespace clipmill
