#include "stages/denoise.h"

#include <ATen/CPUGeneratorImpl.h>

#include "model/prompt_cleaning.h"
#include "model/sampler.h"
#include "vram/memory_scope.h"

namespace clipmill {
namespace {

bool guided(const ClipSpec& clip) { return clip.guidance > 1; }

/// The timestep below which the low-noise transformer takes over; 0 where there is one transformer.
double boundary(const ModelFolder& folder) {
  return folder.index().boundary_ratio.value_or(0) * folder.scheduler_config().num_train_timesteps;
}

std::unique_ptr<Sampler> sampler_of(const ClipSpec& clip, const ModelFolder& folder) {
  return make_sampler(folder.scheduler_config(), clip.sampler, clip.steps, clip.flow_shift);
}

/// One transformer with what does not change from step to step: the prompts as its blocks see them, the
/// positions. Of a small clip, both prompts are one batch.
struct Conditioned {
  const Transformer& transformer;
  std::vector<TextContext> texts;
  Rope rope;
  double guidance;

  Conditioned(const Transformer& model, const PromptEmbeds& embeds, const at::Tensor& latents, double scale,
              const DenoisePlan& plan, int width)
      : transformer(model),
        rope(within(MemoryCategory::kData, "positions", [&] { return model.rope(latents); })),
        guidance(scale) {
    const std::int64_t tokens = rope.rotation().size(1);
    if (!embeds.negative.defined()) {
      add_text(embeds.prompt);
    } else if (prompts_together(plan, tokens * width)) {
      add_text(at::cat({embeds.prompt, embeds.negative}));
    } else {
      add_text(embeds.prompt);
      add_text(embeds.negative);
    }
  }

  void add_text(const at::Tensor& embeds) {
    texts.push_back(within(MemoryCategory::kData, "text", [&] { return transformer.text_context(embeds); }));
  }

  /// Classifier-free guidance: v_uncond + g·(v_cond − v_uncond).
  at::Tensor velocity(const at::Tensor& latents, const at::Tensor& timestep, int chunks) const {
    std::vector<const TextContext*> all;
    for (const TextContext& text : texts) all.push_back(&text);
    std::vector<at::Tensor> v = transformer.velocities(latents, timestep, all, rope, chunks);
    if (v[0].size(0) == 2) v = v[0].split(1);
    return v.size() == 1 ? v[0] : v[1] + guidance * (v[0] - v[1]);
  }
};

/// Which transformer a step belongs to, loaded when its first step comes; the other is released.
class Experts {
 public:
  Experts(const ClipSpec& clip, const PromptEmbeds& embeds, ResidentModel& model)
      : clip_(clip), embeds_(embeds), model_(model), boundary_(boundary(model.folder())) {}

  ~Experts() {
    current_.reset();
    model_.done_with_transformer();
    model_.done_with_transformer_2();
  }

  const Conditioned& at(float timestep, const at::Tensor& latents) {
    const bool low = timestep < boundary_;
    if (current_ && low == low_) return *current_;
    current_.reset();
    low ? model_.done_with_transformer() : model_.done_with_transformer_2();
    low_ = low;
    current_.emplace(low ? model_.transformer_2() : model_.transformer(), embeds_, latents,
                     low ? clip_.guidance_2.value_or(clip_.guidance) : clip_.guidance, model_.plan().denoise,
                     model_.folder().transformer_config().inner_dim());
    return *current_;
  }

 private:
  const ClipSpec& clip_;
  const PromptEmbeds& embeds_;
  ResidentModel& model_;
  const double boundary_;
  bool low_ = false;
  std::optional<Conditioned> current_;
};

NamedTensors on_device(const NamedTensors& tensors, at::Device device) {
  NamedTensors moved;
  for (const auto& [name, tensor] : tensors) moved.emplace_back(name, tensor.to(device));
  return moved;
}

}  // namespace

PromptEmbeds encode_prompt(const ClipSpec& clip, ResidentModel& model) {
  const auto encode = [&](const std::string& prompt) {
    const auto ids = model.tokenizer().encode(clean_prompt(prompt), clip.max_text_tokens);
    return model.text_encoder().encode(ids, clip.max_text_tokens);
  };
  PromptEmbeds embeds;
  embeds.prompt = encode(clip.prompt);
  if (guided(clip)) embeds.negative = encode(clip.negative_prompt);
  model.done_with_text_encoder();
  return embeds;
}

std::vector<std::int64_t> latent_shape(const ClipSpec& clip, const ModelFolder& folder) {
  const VaeConfig& vae = folder.vae_config();
  return {1, folder.transformer_config().in_channels, (clip.frames - 1) / vae.scale_factor_temporal + 1,
          clip.height / vae.scale_factor_spatial, clip.width / vae.scale_factor_spatial};
}

at::Tensor initial_noise(const ClipSpec& clip, const ModelFolder& folder) {
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(clip.seed);
  return at::randn(latent_shape(clip, folder), generator, at::TensorOptions(at::kFloat));
}

void load_next_transformer(const ClipSpec& clip, int steps_done, ResidentModel& model) {
  const auto sampler = sampler_of(clip, model.folder());
  const bool low = sampler->timesteps()[static_cast<std::size_t>(steps_done)] < boundary(model.folder());
  low ? model.transformer_2() : model.transformer();
}

at::Tensor denoise(const ClipSpec& clip, const PromptEmbeds& embeds, const DenoiseState& start,
                   ResidentModel& model, at::Device device, const StepCallback& on_step) {
  const auto sampler = sampler_of(clip, model.folder());
  sampler->resume(start.step, on_device(start.history, device));
  Experts experts(clip, embeds, model);
  at::Tensor latents = within(MemoryCategory::kData, "latents", [&] { return start.latents.to(device); });
  for (int i = start.step; i < clip.steps; ++i) {
    const float t = sampler->timesteps()[static_cast<std::size_t>(i)],
                sigma = sampler->sigmas()[static_cast<std::size_t>(i)];
    const at::Tensor timestep = at::full({1}, t, at::TensorOptions(at::kFloat).device(device));
    const at::Tensor velocity =
        experts.at(t, latents).velocity(latents, timestep, model.plan().denoise.chunks);
    const at::Tensor before = latents;
    latents = within(MemoryCategory::kData, "sampler", [&] { return sampler->step(velocity, before); });
    on_step({i + 1, [&] { return before - sigma * velocity; },
             [&] {
               return DenoiseState{i + 1, latents, sampler->history(), start.threads, start.plan};
             }});
  }
  return latents.to(at::kFloat);
}

}  // namespace clipmill
