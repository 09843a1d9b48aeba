#include "cost/clip_work.h"

#include <algorithm>
#include <cmath>

#include "checkpoint/layout.h"
#include "core/memory_ladder.h"
#include "cost/decode_memory.h"
#include "cost/text_encoder_work.h"
#include "cost/transformer_work.h"
#include "cost/vae_work.h"

namespace clipmill {
namespace {

constexpr double kFloat = 4;  // bytes; the VAE always runs in fp32

struct LatentShape {
  std::int64_t frames, height, width;
  double values(int channels) const { return static_cast<double>(channels * frames * height * width); }
};

LatentShape latents_of(const ModelCost& model, const ClipSpec& clip) {
  return {(clip.frames - 1) / model.vae.scale_factor_temporal + 1,
          clip.height / model.vae.scale_factor_spatial, clip.width / model.vae.scale_factor_spatial};
}

double tokens_of(const ModelCost& model, const ClipSpec& clip) {
  const LatentShape latents = latents_of(model, clip);
  const auto [frames, rows, columns] = model.transformer.patch_size;
  return static_cast<double>((latents.frames / frames) * (latents.height / rows) * (latents.width / columns));
}

/// Of the text encoder; in values of the clip's precision.
const LayeredWeights& text_encoder_of(const ModelCost& model, const ClipSpec& clip) {
  return model.text_encoder_weights.at(clip.precision);
}

/// Of one transformer, the same.
const LayeredWeights& transformer_of(const ModelCost& model, const ClipSpec& clip, bool int8) {
  return model.transformer_weights.at({clip.precision, int8});
}

/// Bytes of what `user` computes with, while it stays on the device and does not run; of one transformer.
double component_bytes(const ModelCost& model, const ClipSpec& clip, Stage user,
                       const MemoryPlan& plan = {}) {
  if (user == Stage::kEncodeText)
    return value_bytes(clip) * text_encoder_of(model, clip).idle(plan.encode_text.streamed);
  if (user == Stage::kDenoise)
    return value_bytes(clip) * transformer_of(model, clip, plan.denoise.int8).idle(plan.denoise.streamed);
  return kFloat * model.decoder_weights;
}

int components(const ModelCost& model, Stage user) {
  return user == Stage::kDenoise && model.two_transformers ? 2 : 1;
}

/// What lies on the device beside the component at work.
double other_components(const ModelCost& model, const ClipSpec& clip, Stage stage,
                        const StageSetting& setting) {
  double bytes = 0;
  if (!setting.plan.resident) return bytes;
  for (const Stage user : kPlannedStages) {
    const int idle = components(model, user) - (user == stage ? 1 : 0);
    if (belongs(user, setting.part)) bytes += idle * component_bytes(model, clip, user, setting.plan);
  }
  return bytes;
}

/// Values of one prompt as the text encoder gives it, padded to the length that the transformer was trained
/// with.
double embeds(const ModelCost& model, const ClipSpec& clip) {
  return double{1} * clip.max_text_tokens * model.text_encoder.d_model;
}

StageWork encode_text_work(const ModelCost& model, const ClipSpec& clip, const EncodeTextPlan& plan,
                           bool widens) {
  const double tokens = prompt_tokens(clip);
  const double activations = text_encoder_activations(model.text_encoder, tokens, clip.precision, widens);
  const double values = text_encoder_of(model, clip).held(plan.streamed) +
                        (prompts(clip) - 1) * embeds(model, clip) +
                        std::max(activations, embeds(model, clip));
  return {prompts(clip) * text_encoder_flops(model.text_encoder, tokens), value_bytes(clip) * values};
}

StageWork denoise_work(const ModelCost& model, const ClipSpec& clip, const StageSetting& setting) {
  const DenoisePlan& plan = setting.plan.denoise;
  const double tokens = tokens_of(model, clip), text = prompt_tokens(clip) + 1;  // all padding is one
  const double pass = transformer_flops(model.transformer, tokens, text);
  const double once = text_context_flops(model.transformer, text) * (model.two_transformers ? 2 : 1);
  const double activations = transformer_activations(model.transformer, tokens, text, prompts(clip), plan,
                                                     clip.precision, setting.widens);
  LayeredWeights weights = transformer_of(model, clip, plan.int8);
  if (setting.lora_bytes > 0) weights = with_loras(weights, setting.lora_bytes / value_bytes(clip));
  // Both prompts as one batch are a copy of them, while their keys and values are made.
  const bool together = prompts_together(plan, token_values(model, clip));
  const double batch =
      together ? prompts(clip) * (embeds(model, clip) + text_values_of_prompt(model.transformer, text)) : 0;
  const double values =
      weights.peak(plan.streamed, std::max(activations, batch)) + prompts(clip) * embeds(model, clip);
  // The sampler keeps a few latents in fp32: UniPC the sample, two earlier estimates and the velocity.
  const double latents = 4 * latents_of(model, clip).values(model.transformer.in_channels);
  return {prompts(clip) * (clip.steps * pass + once), value_bytes(clip) * values + kFloat * latents};
}

StageWork decode_stage_work(const ModelCost& model, const ClipSpec& clip, bool winograd,
                            const DecodePlan& plan) {
  const LatentShape latents = latents_of(model, clip);
  const double held =
      decode_activations(model.vae, latents.frames, latents.height, latents.width, plan, winograd);
  return {decode_flops(model.vae, latents.frames, latents.height, latents.width),
          kFloat * (model.decoder_weights + held + latents.values(model.vae.z_dim))};
}

/// Delivered pixels of all delivered frames.
double delivered_pixels(const ClipSpec& clip) {
  const bool scaled = clip.output_width > 0 && clip.output_height > 0;
  const double width = scaled ? clip.output_width : clip.width;
  const double height = scaled ? clip.output_height : clip.height;
  const double rate = clip.output_fps > 0 && clip.fps > 0 ? clip.output_fps / clip.fps : 1;
  return width * height * clip.frames * rate;
}

}  // namespace

double prompt_tokens(const ClipSpec& clip) {
  const std::size_t longest =
      std::max(clip.prompt.size(), clip.guidance > 1 ? clip.negative_prompt.size() : 0);
  return static_cast<double>(std::min(static_cast<std::size_t>(clip.max_text_tokens), longest + 2));
}

double value_bytes(const ClipSpec& clip) { return clip.precision == Precision::kFp32 ? 4 : 2; }

int prompts(const ClipSpec& clip) { return clip.guidance > 1 ? 2 : 1; }

std::int64_t token_values(const ModelCost& model, const ClipSpec& clip) {
  return static_cast<std::int64_t>(tokens_of(model, clip)) * model.transformer.inner_dim();
}

ModelCost ModelCost::of(const TransformerConfig& transformer, const VaeConfig& vae,
                        const TextEncoderConfig& text_encoder) {
  ModelCost cost{.transformer = transformer, .vae = vae, .text_encoder = text_encoder};
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kFp16}) {
    cost.text_encoder_weights[precision] = clipmill::text_encoder_weights(text_encoder, precision);
    for (const bool int8 : {false, true})
      cost.transformer_weights[{precision, int8}] =
          clipmill::transformer_weights(transformer, precision, int8);
  }
  std::vector<TensorSpec> decoder = vae_layout(vae);
  std::erase_if(decoder, [](const TensorSpec& tensor) { return tensor.name.starts_with("encoder."); });
  cost.decoder_weights = static_cast<double>(parameter_count(decoder));
  return cost;
}

ModelCost ModelCost::of(const ModelFolder& model) {
  ModelCost cost = of(model.transformer_config(), model.vae_config(), model.text_encoder_config());
  cost.two_transformers = model.transformer_2_config().has_value();
  return cost;
}

StageWork work_of(const ModelCost& model, const ClipSpec& clip, Stage stage, const StageSetting& setting) {
  const auto with_others = [&](StageWork work) {
    work.bytes += other_components(model, clip, stage, setting);
    return work;
  };
  switch (stage) {
    case Stage::kEncodeText:
      return with_others(encode_text_work(model, clip, setting.plan.encode_text, setting.widens));
    case Stage::kDenoise:
      return with_others(denoise_work(model, clip, setting));
    case Stage::kDecode:
      return with_others(
          decode_stage_work(model, clip, setting.device.starts_with("cpu"), setting.plan.decode));
    case Stage::kRender:
      return {double{1} * clip.width * clip.height * clip.frames, 0};
    case Stage::kEncodeVideo:
      return {delivered_pixels(clip), 0};
    default:
      return {};
  }
}

StageWork load_work(const ModelCost& model, const ClipSpec& clip, Stage stage, const MemoryPlan& plan) {
  const double bytes = components(model, stage) * component_bytes(model, clip, stage, plan);
  return {bytes, bytes};
}

}  // namespace clipmill
