#include "train/model_configs.h"

namespace clipmill {
namespace {

using nlohmann::json;

// The releases whose layout this is.
constexpr const char* kDiffusers = "0.42.1";
constexpr const char* kTransformers = "5.23.0";

json from(const char* library, const char* name) { return json::array({library, name}); }

const char* torch_name(Precision precision) {
  switch (precision) {
    case Precision::kFp16:
      return "float16";
    case Precision::kBf16:
      return "bfloat16";
    case Precision::kFp32:
      break;
  }
  return "float32";
}

}  // namespace

json model_index_json() {
  return {{"_class_name", "WanPipeline"},
          {"_diffusers_version", kDiffusers},
          {"boundary_ratio", nullptr},
          {"expand_timesteps", false},
          {"scheduler", from("diffusers", "UniPCMultistepScheduler")},
          {"text_encoder", from("transformers", "UMT5EncoderModel")},
          {"tokenizer", from("transformers", "T5Tokenizer")},
          {"transformer", from("diffusers", "WanTransformer3DModel")},
          {"transformer_2", json::array({nullptr, nullptr})},
          {"vae", from("diffusers", "AutoencoderKLWan")}};
}

json scheduler_json(double flow_shift) {
  return {{"_class_name", kUniPcScheduler},
          {"_diffusers_version", kDiffusers},
          {"beta_end", 0.02},
          {"beta_schedule", "linear"},
          {"beta_start", 0.0001},
          {"disable_corrector", json::array()},
          {"dynamic_thresholding_ratio", 0.995},
          {"final_sigmas_type", "zero"},
          {"flow_shift", flow_shift},
          {"lower_order_final", true},
          {"num_train_timesteps", 1000},
          {"predict_x0", true},
          {"prediction_type", "flow_prediction"},
          {"rescale_betas_zero_snr", false},
          {"sample_max_value", 1.0},
          {"shift_terminal", nullptr},
          {"sigma_max", nullptr},
          {"sigma_min", nullptr},
          {"solver_order", 2},
          {"solver_p", nullptr},
          {"solver_type", "bh2"},
          {"steps_offset", 0},
          {"thresholding", false},
          {"time_shift_type", "exponential"},
          {"timestep_spacing", "linspace"},
          {"trained_betas", nullptr},
          {"use_beta_sigmas", false},
          {"use_dynamic_shifting", false},
          {"use_exponential_sigmas", false},
          {"use_flow_sigmas", true},
          {"use_karras_sigmas", false}};
}

json config_json(const VaeConfig& config) {
  const bool same_base = config.decoder_base_dim == config.base_dim;
  return {{"_class_name", "AutoencoderKLWan"},
          {"_diffusers_version", kDiffusers},
          {"attn_scales", json::array()},
          {"base_dim", config.base_dim},
          {"decoder_base_dim", same_base ? json() : json(config.decoder_base_dim)},
          {"dim_mult", config.dim_mult},
          {"dropout", 0.0},
          {"in_channels", config.in_channels},
          {"is_residual", config.is_residual},
          {"latents_mean", config.latents_mean},
          {"latents_std", config.latents_std},
          {"num_res_blocks", config.num_res_blocks},
          {"out_channels", config.out_channels},
          {"patch_size", config.patch_size == 1 ? json() : json(config.patch_size)},
          {"scale_factor_spatial", config.scale_factor_spatial},
          {"scale_factor_temporal", config.scale_factor_temporal},
          {"temperal_downsample", config.temperal_downsample},
          {"z_dim", config.z_dim}};
}

json config_json(const TextEncoderConfig& config, Precision stored) {
  return {{"architectures", json::array({"UMT5EncoderModel"})},
          {"classifier_dropout", 0.0},
          {"d_ff", config.d_ff},
          {"d_kv", config.d_kv},
          {"d_model", config.d_model},
          {"decoder_start_token_id", 0},
          {"dense_act_fn", "gelu_new"},
          {"dropout_rate", 0.0},
          {"dtype", torch_name(stored)},
          {"eos_token_id", 1},
          {"feed_forward_proj", "gated-gelu"},
          {"initializer_factor", 1.0},
          {"is_decoder", false},
          {"is_encoder_decoder", false},
          {"is_gated_act", true},
          {"layer_norm_epsilon", config.layer_norm_epsilon},
          {"model_type", "umt5"},
          {"num_decoder_layers", config.num_layers},
          {"num_heads", config.num_heads},
          {"num_layers", config.num_layers},
          {"pad_token_id", 0},
          {"relative_attention_max_distance", config.relative_attention_max_distance},
          {"relative_attention_num_buckets", config.relative_attention_num_buckets},
          {"tie_word_embeddings", true},
          {"transformers_version", kTransformers},
          {"use_cache", false},
          {"vocab_size", config.vocab_size}};
}

json config_json(const TransformerConfig& config) {
  return {{"_class_name", "WanTransformer3DModel"},
          {"_diffusers_version", kDiffusers},
          {"added_kv_proj_dim", nullptr},
          {"attention_head_dim", config.attention_head_dim},
          {"cross_attn_norm", config.cross_attn_norm},
          {"eps", config.eps},
          {"ffn_dim", config.ffn_dim},
          {"freq_dim", config.freq_dim},
          {"image_dim", nullptr},
          {"in_channels", config.in_channels},
          {"num_attention_heads", config.num_attention_heads},
          {"num_layers", config.num_layers},
          {"out_channels", config.out_channels},
          {"patch_size", config.patch_size},
          {"pos_embed_seq_len", nullptr},
          {"qk_norm", "rms_norm_across_heads"},
          {"rope_max_seq_len", config.rope_max_seq_len},
          {"text_dim", config.text_dim}};
}

}  // namespace clipmill
