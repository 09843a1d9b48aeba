// UMT5EncoderModel's config.json.
#pragma once

#include <filesystem>

#include "checkpoint/config_file.h"

namespace clipmill {

/// Defaults are those of the Transformers class. The feed-forward is always "gated-gelu".
struct TextEncoderConfig {
  int vocab_size = 250112;
  int d_model = 512;
  int d_kv = 64;  ///< per head; num_heads·d_kv need not be d_model
  int d_ff = 1024;
  int num_layers = 8;
  int num_heads = 6;
  int relative_attention_num_buckets = 32;
  int relative_attention_max_distance = 128;
  double layer_norm_epsilon = 1e-6;

  int inner_dim() const { return num_heads * d_kv; }

  /// Throws Error(kInput) naming file and key.
  static TextEncoderConfig from(const ConfigFile& file);
  static TextEncoderConfig read(const std::filesystem::path& path) { return from(ConfigFile::read(path)); }
};

}  // namespace clipmill
