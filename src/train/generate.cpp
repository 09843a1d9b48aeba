#include "train/generate.h"

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "model/sampler.h"
#include "stages/pixels.h"

namespace clipmill {
namespace {

at::Tensor noise(const VaeConfig& vae, const Bucket& b, std::uint64_t seed, std::size_t count) {
  std::vector<at::Tensor> clips;
  for (std::size_t i = 0; i < count; ++i) {
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(seed + i);
    clips.push_back(at::randn({1, vae.z_dim, (b.frames - 1) / vae.scale_factor_temporal + 1,
                               b.height / vae.scale_factor_spatial, b.width / vae.scale_factor_spatial},
                              generator, at::TensorOptions(at::kFloat)));
  }
  return at::cat(clips);
}

TextContext context_of(const FlowModel& model, const std::vector<const TokenIds*>& prompts) {
  const PaddedContext text = encode_captions(model.text_encoder, CaptionBatch::of(prompts), kTextLength);
  return model.transformer.text_context(text.embeds, text.bias);
}

}  // namespace

at::Tensor generate(const FlowModel& model, const Vae& vae, const VaeConfig& vae_config,
                    const std::vector<const TokenIds*>& prompts, const TokenIds& empty,
                    const GenerateSettings& settings, const std::function<void()>& check) {
  const c10::NoGradGuard no_grad;
  const auto sampler = make_sampler(settings.scheduler, "auto", settings.steps, std::nullopt);
  const TextContext prompt = context_of(model, prompts);
  const TextContext none = context_of(model, std::vector<const TokenIds*>(prompts.size(), &empty));
  const at::Device device = prompt.blocks.front().key.device();
  at::Tensor latents = noise(vae_config, settings.bucket, settings.seed, prompts.size()).to(device);
  const Rope rope = model.transformer.rope(latents);
  for (int i = 0; i < settings.steps; ++i) {
    check();
    const at::Tensor t = at::full({latents.size(0)}, sampler->timesteps()[static_cast<std::size_t>(i)],
                                  at::TensorOptions(at::kFloat).device(device));
    at::Tensor velocity = model.transformer(latents, t, prompt, rope);
    if (settings.guidance > 1) {
      const at::Tensor uncond = model.transformer(latents, t, none, rope);
      velocity = uncond + settings.guidance * (velocity - uncond);
    }
    latents = sampler->step(velocity, latents);
  }
  std::vector<at::Tensor> clips;
  for (const at::Tensor& clip : latents.split(1)) clips.push_back(to_bytes(vae.decode_whole(clip)));
  return at::stack(clips);
}

void generate_each(const ClipSource& source, const std::vector<std::string>& prompts,
                   const GenerateSettings& settings, int batch, const std::function<void()>& check,
                   const std::function<void(const at::Tensor& clips)>& take) {
  const TokenIds empty = source.encode("");
  std::vector<TokenIds> ids;
  for (const std::string& prompt : prompts) ids.push_back(source.encode(prompt));
  for (std::size_t begin = 0, end; begin < ids.size(); begin = end) {
    end = std::min(ids.size(), begin + static_cast<std::size_t>(batch));
    std::vector<const TokenIds*> part;
    for (std::size_t i = begin; i < end; ++i) part.push_back(&ids[i]);
    GenerateSettings of_part = settings;
    of_part.seed += begin;
    take(generate(source.model, source.vae, source.vae_config, part, empty, of_part, check));
  }
}

}  // namespace clipmill
