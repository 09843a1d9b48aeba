#include "checkpoint/text_encoder_config.h"

namespace clipmill {
namespace {

void check_kind(const ConfigFile& file) {
  if (const std::string type = file.text("model_type", "umt5"); type != "umt5") {
    throw file.error("model_type", fmt::format("\"{}\" is not supported: only \"umt5\" is", type));
  }
  if (const std::string kind = file.text("feed_forward_proj", "gated-gelu"); kind != "gated-gelu") {
    throw file.error("feed_forward_proj",
                     fmt::format("\"{}\" is not supported: only \"gated-gelu\" is", kind));
  }
}

}  // namespace

TextEncoderConfig TextEncoderConfig::from(const ConfigFile& file) {
  check_kind(file);
  TextEncoderConfig config;
  config.vocab_size = file.integer("vocab_size", config.vocab_size, 1 << 24);
  config.d_model = file.integer("d_model", config.d_model);
  config.d_kv = file.integer("d_kv", config.d_kv, 1 << 12);
  config.d_ff = file.integer("d_ff", config.d_ff);
  config.num_layers = file.integer("num_layers", config.num_layers, 1 << 10);
  config.num_heads = file.integer("num_heads", config.num_heads, 1 << 12);
  config.relative_attention_num_buckets =
      file.integer("relative_attention_num_buckets", config.relative_attention_num_buckets);
  config.relative_attention_max_distance =
      file.integer("relative_attention_max_distance", config.relative_attention_max_distance);
  config.layer_norm_epsilon = file.positive("layer_norm_epsilon", config.layer_norm_epsilon);
  return config;
}

}  // namespace clipmill
