#include "recipe/train_fields.h"

#include <limits>

namespace clipmill {
namespace {

using TrainFields = std::vector<RecipeField<TrainRecipe>>;
using Maker = FieldMaker<TrainRecipe>;

#define AT(member) \
  [](auto& r) -> auto& { return r.member; }

constexpr int kMostSteps = 100'000'000;
constexpr int kMostChannels = 1 << 12;
constexpr double kLeastRate = 1e-12;

/// 42 characters that every tokenizer knows (train/tokenizer_trainer.cpp), the mark of a word's beginning,
/// padding, end and the unknown.
constexpr int kLeastVocabulary = 46;

void add_top(Maker make) {
  make.text("output", AT(output), "folder of the model (or LoRA file) that the run makes");
  make.text("base", AT(base), "model folder to start from; without it: from scratch");
  make.integer("seed", AT(seed), 0, std::numeric_limits<std::int64_t>::max(), "of everything random");
  make.precision("precision", AT(precision), "fp32, bf16 or fp16 of the computation; weights stay fp32");
  make.add(
      "segments",
      [](TrainRecipe& r, const nlohmann::json& value) {
        r.segments = value == "auto" ? kAutoSegments : static_cast<int>(integer_of(value, 0, 1 << 10));
      },
      [](const TrainRecipe& r) {
        return r.segments == kAutoSegments ? nlohmann::json("auto") : nlohmann::json(r.segments);
      },
      "activation checkpointing: 0 none, n segments of the blocks, or \"auto\": the measured best");
  make.bytes("memory", AT(memory),
             "bytes that the run may hold, as \"2 GiB\"; default: no cap but the device's");
  make.precision("stored", AT(stored), "precision of the weights in the finished checkpoint");
  make.integer("vocabulary", AT(vocabulary), kLeastVocabulary, 1 << 20,
               "pieces of the tokenizer, learned from the captions");
  make.number("flow_shift", AT(flow_shift), 0.01, 100, "of the finished checkpoint's sampler");
}

void add_data(Maker make) {
  make.text("world", AT(data.world), "built-in world: shapes");
  make.text("folder", AT(data.folder), "videos or folders of frames, each with its caption beside it");
  make.integer("clips", AT(data.clips), 1, 100'000'000, "of a world: how many different ones");
  make.add(
      "broken",
      [](TrainRecipe& r, const nlohmann::json& value) {
        constexpr std::array<std::string_view, 2> kChoices = {"refuse", "skip"};
        r.data.skip_broken = choice_of(value, kChoices) == "skip";
      },
      [](const TrainRecipe& r) { return nlohmann::json(r.data.skip_broken ? "skip" : "refuse"); },
      "of a folder: broken clips refuse the run, or skip them");
  make.buckets("buckets", AT(data.buckets),
               "sizes and lengths: [{ size = \"64x64\", frames = 17, weight = 1 }]");
}

void add_vae(Maker make) {
  make.integer("base_dim", AT(vae.base_dim), 1, kMostChannels, "channels of the first level");
  make.integer("decoder_base_dim", AT(vae.decoder_base_dim), 1, kMostChannels, "default: as base_dim");
  make.integer("z_dim", AT(vae.z_dim), 1, kMostChannels, "channels of the latents");
  make.integers("dim_mult", AT(vae.dim_mult), 1, 64, "channels of each level, times base_dim");
  make.integer("num_res_blocks", AT(vae.num_res_blocks), 1, 64, "in each level");
  make.add(
      "temperal_downsample",
      [](TrainRecipe& r, const nlohmann::json& value) { r.vae.temperal_downsample = flags_of(value); },
      [](const TrainRecipe& r) { return nlohmann::json(r.vae.temperal_downsample); },
      "which levels halve time; one less than dim_mult (spelled as in config.json)");
  make.flag("is_residual", AT(vae.is_residual), "Wan 2.2's shortcuts");
  make.integer("patch_size", AT(vae.patch_size), 1, 32, "pixels folded into channels, each way");
  make.integer("in_channels", AT(vae.in_channels), 1, kMostChannels, "default: 3 patch_size²");
  make.integer("out_channels", AT(vae.out_channels), 1, kMostChannels, "default: 3 patch_size²");
  make.integer("scale_factor_temporal", AT(vae.scale_factor_temporal), 1, 1 << 18, "default: by structure");
  make.integer("scale_factor_spatial", AT(vae.scale_factor_spatial), 1, 1 << 18, "default: by structure");
  const auto statistics = [&](std::string key, auto at, double least, std::string help) {
    make.add(
        key, [=](TrainRecipe& r, const nlohmann::json& value) { at(r) = numbers_of(value, least, 1e6); },
        [=](const TrainRecipe& r) { return at(r).empty() ? nlohmann::json() : nlohmann::json(at(r)); }, help);
  };
  statistics("latents_mean", AT(vae.latents_mean), -1e6, "of each channel; default: measured");
  statistics("latents_std", AT(vae.latents_std), 1e-9, "of each channel; default: measured");
}

void add_text_encoder(Maker make) {
  make.integer("vocab_size", AT(text_encoder.vocab_size), 1, 1 << 24, "default: vocabulary");
  make.integer("d_model", AT(text_encoder.d_model), 1, 1 << 18, "channels");
  make.integer("d_kv", AT(text_encoder.d_kv), 1, kMostChannels, "channels of a head");
  make.integer("d_ff", AT(text_encoder.d_ff), 1, 1 << 18, "channels inside the feed-forward");
  make.integer("num_layers", AT(text_encoder.num_layers), 1, 1 << 10, "blocks");
  make.integer("num_heads", AT(text_encoder.num_heads), 1, kMostChannels, "attention heads");
  make.integer("relative_attention_num_buckets", AT(text_encoder.relative_attention_num_buckets), 1, 1 << 18,
               "of the position bias");
  make.integer("relative_attention_max_distance", AT(text_encoder.relative_attention_max_distance), 1,
               1 << 18, "of the position bias");
  make.number("layer_norm_epsilon", AT(text_encoder.layer_norm_epsilon), 1e-12, 1, "of the RMS norms");
}

void add_transformer(Maker make) {
  make.add(
      "patch_size",
      [](TrainRecipe& r, const nlohmann::json& value) {
        const std::vector<int> patch = integers_of(value, 1, 64);
        if (patch.size() != 3) throw input_error("must be three numbers: frames, rows, columns");
        std::ranges::copy(patch, r.transformer.patch_size.begin());
      },
      [](const TrainRecipe& r) { return nlohmann::json(r.transformer.patch_size); },
      "latent frames, rows and columns of a token");
  make.integer("num_attention_heads", AT(transformer.num_attention_heads), 1, kMostChannels, "heads");
  make.integer("attention_head_dim", AT(transformer.attention_head_dim), 1, kMostChannels,
               "channels of a head");
  make.integer("in_channels", AT(transformer.in_channels), 1, kMostChannels, "default: the VAE's z_dim");
  make.integer("out_channels", AT(transformer.out_channels), 1, kMostChannels, "default: the VAE's z_dim");
  make.integer("text_dim", AT(transformer.text_dim), 1, 1 << 18, "default: the text encoder's d_model");
  make.integer("freq_dim", AT(transformer.freq_dim), 1, 1 << 18, "channels of the timestep's sinusoids");
  make.integer("ffn_dim", AT(transformer.ffn_dim), 1, 1 << 18, "channels inside the feed-forward");
  make.integer("num_layers", AT(transformer.num_layers), 1, 1 << 10, "blocks");
  make.flag("cross_attn_norm", AT(transformer.cross_attn_norm), "a norm before cross-attention");
  make.number("eps", AT(transformer.eps), 1e-12, 1, "of the norms");
  make.integer("rope_max_seq_len", AT(transformer.rope_max_seq_len), 1, 1 << 18, "positions along each axis");
}

/// `at` yields the OptimizerRecipe.
template <typename At>
void add_optimizer(Maker& make, At at) {
#define OF(name) \
  [at](auto& r) -> auto& { return at(r).name; }
  make.integer("steps", OF(steps), 0, kMostSteps, "0: not trained");
  make.add(
      "batch",
      [at](TrainRecipe& r, const nlohmann::json& value) {
        at(r).batch = value == "auto" ? kAutoBatch : static_cast<int>(integer_of(value, 1, 1 << 20));
      },
      [at](const TrainRecipe& r) {
        return at(r).batch == kAutoBatch ? nlohmann::json("auto") : nlohmann::json(at(r).batch);
      },
      "clips a step, or \"auto\": as many as the memory allows and make it faster");
  make.integer("accumulate", OF(accumulate), 1, 1 << 20, "a step's batch in so many parts, for memory");
  make.number("learning_rate", OF(learning_rate), kLeastRate, 10, "AdamW's, at its highest");
  make.integer("warmup", OF(warmup), 0, kMostSteps, "steps from 0 to the full rate, then a cosine");
  make.number("final_rate", OF(final_rate), 0, 1, "share of the rate at the end of the cosine");
  make.number("beta1", OF(beta1), 0, 0.999999, "AdamW's");
  make.number("beta2", OF(beta2), 0, 0.99999999, "AdamW's");
  make.number("weight_decay", OF(weight_decay), 0, 10, "AdamW's");
  make.number("clip_norm", OF(clip_norm), 0, 1e9, "largest norm of a step's gradient; 0: no limit");
  make.number("ema", OF(ema), 0, 0.99999999, "decay of the averaged weights that are kept; 0: none");
#undef OF
}

void add_train_vae(Maker make) {
  add_optimizer(make, AT(train_vae.optimizer));
  make.buckets("buckets", AT(train_vae.buckets), "other sizes and lengths than the data's");
  make.number("kl", AT(train_vae.kl), 0, 1e3, "weight of the KL divergence, per latent value");
  make.number("rim", AT(train_vae.rim), 0, 1e3, "how much more a pixel on an edge counts");
  make.number("edge", AT(train_vae.edge), 0, 1e3, "weight of the L1 difference of spatial gradients");
  make.number("latent_noise", AT(train_vae.latent_noise), 0, 10,
              "noise on the latents, in their own deviations");
  make.integer("image_steps", AT(train_vae.image_steps), 0, kMostSteps, "the first steps see single frames");
  make.integer("decoder_steps", AT(train_vae.decoder_steps), 0, kMostSteps,
               "further steps of the decoder alone");
  make.number("decoder_learning_rate", AT(train_vae.decoder_learning_rate), kLeastRate, 10, "of those steps");
}

void add_train_transformer(Maker make) {
  add_optimizer(make, AT(train_transformer.optimizer));
  make.number("caption_dropout", AT(train_transformer.caption_dropout), 0, 1,
              "share of clips that see the empty caption");
  make.number("sigma_shift", AT(train_transformer.sigma_shift), 0.01, 100, "shift of the noise levels");
  make.number("logit_mean", AT(train_transformer.logit_mean), -10, 10, "of the noise levels");
  make.number("logit_std", AT(train_transformer.logit_std), 0.01, 10, "of the noise levels");
}

void add_lora(Maker make) {
  make.integer("rank", AT(lora.rank), 0, 1 << 12, "0: the whole transformer is trained");
  make.number("alpha", AT(lora.alpha), 0, 1e6, "scale = alpha / rank; 0: alpha = rank");
  make.texts("targets", AT(lora.targets), "of q, k, v, o and ffn");
}

void add_watch(Maker make) {
  make.integer("log_every", AT(watch.log_every), 1, kMostSteps, "steps");
  make.integer("save_every", AT(watch.save_every), 1, kMostSteps, "steps: what a kill can cost");
  make.integer("sample_every", AT(watch.sample_every), 0, kMostSteps,
               "steps between sheets of samples; 0: none");
  make.integer("evaluate_every", AT(watch.evaluate_every), 0, kMostSteps,
               "steps between measurements of adherence; 0: none");
  make.integer("evaluate_prompts", AT(watch.evaluate_prompts), 1, 100'000, "of each measurement");
  make.integer("evaluate_final", AT(watch.evaluate_final), 0, 100'000,
               "prompts measured at the end; 0: none");
}

#undef AT

TrainFields make_train_fields() {
  TrainFields fields;
  add_top({fields, ""});
  add_data({fields, "data"});
  add_vae({fields, "vae"});
  add_text_encoder({fields, "text_encoder"});
  add_transformer({fields, "transformer"});
  add_train_vae({fields, "train_vae"});
  add_train_transformer({fields, "train_transformer"});
  add_lora({fields, "lora"});
  add_watch({fields, "watch"});
  return fields;
}

}  // namespace

std::span<const RecipeField<TrainRecipe>> train_fields() {
  static const TrainFields fields = make_train_fields();
  return fields;
}

}  // namespace clipmill
