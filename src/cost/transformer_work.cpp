#include "cost/transformer_work.h"

#include <algorithm>

namespace clipmill {

double transformer_flops(const TransformerConfig& config, double tokens, double text_tokens) {
  const double d = config.inner_dim(), f = config.ffn_dim, layers = config.num_layers;
  const double linear = 2 * tokens * (6 * d * d + 2 * d * f);
  const double attention = 4 * tokens * tokens * d + 4 * tokens * text_tokens * d;
  const auto [frames, rows, columns] = config.patch_size;
  const double patch = frames * rows * columns;
  const double ends = 2 * tokens * d * patch * (config.in_channels + config.out_channels);
  return layers * (linear + attention) + ends;
}

double text_context_flops(const TransformerConfig& config, double text_tokens) {
  const double d = config.inner_dim();
  return config.num_layers * 4 * text_tokens * d * d + 2 * text_tokens * d * (config.text_dim + d);
}

double transformer_activations(const TransformerConfig& config, double tokens, double text_tokens,
                               int prompts) {
  const double d = config.inner_dim(), f = config.ffn_dim;
  const double block = tokens * std::max(9 * d, 2 * (d + f));
  const double rotary = tokens * config.attention_head_dim;
  return block + rotary + prompts * config.num_layers * 2 * text_tokens * d;
}

}  // namespace clipmill
