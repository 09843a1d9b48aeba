// The denoising loop: from noise to latents, guided by a prompt.
#pragma once

#include <functional>

#include "core/job.h"
#include "stages/resident_model.h"

namespace clipmill {

/// [1, S, d] each; `negative` undefined without classifier-free guidance.
struct PromptEmbeds {
  at::Tensor prompt, negative;
};

PromptEmbeds encode_prompt(const ClipSpec& clip, ResidentModel& model);

/// The shape [1,C,T,H,W] of a clip's latents in this model.
std::vector<std::int64_t> latent_shape(const ClipSpec& clip, const ModelFolder& folder);

/// Standard normal noise from a CPU generator in fp32: the same on every device, and in Diffusers.
at::Tensor initial_noise(const ClipSpec& clip, const ModelFolder& folder);

/// Called after each step; `clean_estimate` computes what the latents would be if denoising ended here.
using StepCallback = std::function<void(int step, const std::function<at::Tensor()>& clean_estimate)>;

/// Loads the transformer of the first step, if it is not there.
void load_first_transformer(const ClipSpec& clip, ResidentModel& model);

/// Final latents [1,C,T,H,W] fp32, still normalised. `on_step` may throw to end it.
at::Tensor denoise(const ClipSpec& clip, const PromptEmbeds& embeds, const at::Tensor& noise,
                   ResidentModel& model, at::Device device, const StepCallback& on_step);

}  // namespace clipmill
