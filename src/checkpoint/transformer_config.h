// WanTransformer3DModel's config.json.
#pragma once

#include <array>
#include <filesystem>

#include "checkpoint/config_file.h"

namespace clipmill {

/// Defaults are those of the Diffusers class. `qk_norm` is not here: the class reads it but always
/// normalises.
struct TransformerConfig {
  std::array<int, 3> patch_size = {1, 2, 2};  ///< latent frames, rows, columns of one token
  int num_attention_heads = 40;
  int attention_head_dim = 128;
  int in_channels = 16;
  int out_channels = 16;
  int text_dim = 4096;
  int freq_dim = 256;
  int ffn_dim = 13824;
  int num_layers = 40;
  bool cross_attn_norm = true;
  double eps = 1e-6;
  int rope_max_seq_len = 1024;

  int inner_dim() const { return num_attention_heads * attention_head_dim; }

  /// Throws Error(kInput) naming file and key, also for image-to-video configurations.
  static TransformerConfig from(const ConfigFile& file);
  static TransformerConfig read(const std::filesystem::path& path) { return from(ConfigFile::read(path)); }
};

}  // namespace clipmill
