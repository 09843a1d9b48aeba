// A training recipe of a model of a few thousand parameters, which takes a second or two.
#pragma once

#include <string>

namespace clipmill {

struct TinyRecipe {
  std::string data = "world = \"shapes\"\nclips = 6";  ///< of [data], but for the buckets
  int text_ffn = 16, ffn = 32, layers = 1;
  int vae_steps = 6, steps = 40;
};

inline std::string to_toml(const TinyRecipe& r) {
  return "output = \"mine\"\n[data]\n" + r.data + R"(
buckets = [{ size = "32x32", frames = 5 }]
[vae]
base_dim = 4
z_dim = 4
num_res_blocks = 1
[text_encoder]
d_model = 16
d_kv = 8
num_layers = 1
num_heads = 2
d_ff = )" + std::to_string(r.text_ffn) + R"(
[transformer]
num_attention_heads = 2
attention_head_dim = 12
freq_dim = 16
ffn_dim = )" + std::to_string(r.ffn) + "\nnum_layers = " + std::to_string(r.layers) + R"(
[train_vae]
batch = 2
warmup = 1
steps = )" + std::to_string(r.vae_steps) + R"(
[train_transformer]
batch = 2
warmup = 2
steps = )" + std::to_string(r.steps) + R"(
[watch]
save_every = 2
log_every = 2
evaluate_final = 0
)";
}

}  // namespace clipmill
