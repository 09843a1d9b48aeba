#include <fmt/format.h>

#include "checkpoint/layout.h"
#include "checkpoint/layout_builder.h"

namespace clipmill {
namespace {

void add_attention(LayoutBuilder& builder, const std::string& name, std::int64_t dim) {
  for (const char* projection : {"to_q", "to_k", "to_v", "to_out.0"}) {
    builder.layer(fmt::format("{}.{}", name, projection), {dim, dim});
  }
  builder.add(name + ".norm_q.weight", {dim});
  builder.add(name + ".norm_k.weight", {dim});
}

void add_block(LayoutBuilder& builder, const std::string& name, const TransformerConfig& config) {
  const std::int64_t dim = config.inner_dim();
  builder.add(name + ".scale_shift_table", {1, 6, dim});
  add_attention(builder, name + ".attn1", dim);
  add_attention(builder, name + ".attn2", dim);
  if (config.cross_attn_norm) builder.layer(name + ".norm2", {dim});
  builder.layer(name + ".ffn.net.0.proj", {config.ffn_dim, dim});
  builder.layer(name + ".ffn.net.2", {dim, config.ffn_dim});
}

void add_condition_embedder(LayoutBuilder& builder, const TransformerConfig& config) {
  const std::int64_t dim = config.inner_dim();
  builder.layer("condition_embedder.time_embedder.linear_1", {dim, config.freq_dim});
  builder.layer("condition_embedder.time_embedder.linear_2", {dim, dim});
  builder.layer("condition_embedder.time_proj", {6 * dim, dim});
  builder.layer("condition_embedder.text_embedder.linear_1", {dim, config.text_dim});
  builder.layer("condition_embedder.text_embedder.linear_2", {dim, dim});
}

}  // namespace

std::vector<TensorSpec> transformer_layout(const TransformerConfig& config) {
  const std::int64_t dim = config.inner_dim();
  const auto [frames, rows, columns] = config.patch_size;
  LayoutBuilder builder;
  builder.layer("patch_embedding", {dim, config.in_channels, frames, rows, columns});
  add_condition_embedder(builder, config);
  for (int i = 0; i < config.num_layers; ++i) add_block(builder, fmt::format("blocks.{}", i), config);
  builder.add("scale_shift_table", {1, 2, dim});
  builder.layer("proj_out", {std::int64_t{config.out_channels} * frames * rows * columns, dim});
  return builder.take();
}

}  // namespace clipmill
