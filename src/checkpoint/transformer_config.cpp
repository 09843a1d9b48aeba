#include "checkpoint/transformer_config.h"

#include <algorithm>

namespace clipmill {
namespace {

void refuse_image_conditioning(const ConfigFile& file) {
  for (const char* key : {"image_dim", "added_kv_proj_dim"}) {
    if (!file.has(key)) continue;
    throw Error(
        ErrorKind::kInput,
        fmt::format("{}: {} is {}: an image-to-video model", file.place(), key, file.value(key).dump()),
        "clipmill runs text-to-video checkpoints (Wan T2V)");
  }
}

void check(const TransformerConfig& config, const ConfigFile& file) {
  if (config.attention_head_dim % 2 != 0) {
    throw file.error("attention_head_dim", "must be even for rotary positions");
  }
  if (config.freq_dim % 2 != 0) throw file.error("freq_dim", "must be even");
  if (config.inner_dim() > 1 << 16) {
    throw file.error("num_attention_heads",
                     fmt::format("times attention_head_dim is {}: at most {}", config.inner_dim(), 1 << 16));
  }
}

// A null means "as many as go in"; a missing key the default.
int resolve_out_channels(const ConfigFile& file, const TransformerConfig& config) {
  if (file.is_null("out_channels")) return config.in_channels;
  return file.integer("out_channels", config.out_channels, 1 << 12);
}

}  // namespace

TransformerConfig TransformerConfig::from(const ConfigFile& file) {
  file.expect_class("WanTransformer3DModel");
  refuse_image_conditioning(file);
  TransformerConfig config;
  const auto patch = file.integers("patch_size", {1, 2, 2}, 64);
  if (patch.size() != 3) throw file.error("patch_size", "must be three numbers: frames, rows, columns");
  std::ranges::copy(patch, config.patch_size.begin());
  config.num_attention_heads = file.integer("num_attention_heads", config.num_attention_heads, 1 << 12);
  config.attention_head_dim = file.integer("attention_head_dim", config.attention_head_dim, 1 << 12);
  config.in_channels = file.integer("in_channels", config.in_channels, 1 << 12);
  config.out_channels = resolve_out_channels(file, config);
  config.text_dim = file.integer("text_dim", config.text_dim);
  config.freq_dim = file.integer("freq_dim", config.freq_dim);
  config.ffn_dim = file.integer("ffn_dim", config.ffn_dim);
  config.num_layers = file.integer("num_layers", config.num_layers, 1 << 10);
  config.cross_attn_norm = file.flag("cross_attn_norm", config.cross_attn_norm);
  config.eps = file.positive("eps", config.eps);
  config.rope_max_seq_len = file.integer("rope_max_seq_len", config.rope_max_seq_len);
  check(config, file);
  return config;
}

}  // namespace clipmill
