// The denoising loop: from noise to latents, guided by a prompt.
#pragma once

#include <functional>

#include "core/job.h"
#include "stages/denoise_state.h"
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

/// What one may ask for after a step.
struct StepView {
  int step;
  std::function<at::Tensor()> clean_estimate;  ///< what the latents would be if denoising ended here
  std::function<DenoiseState()> state;         ///< to go on from
};
using StepCallback = std::function<void(const StepView&)>;

/// Loads the transformer that does the step after `steps_done`, if it is not there.
void load_next_transformer(const ClipSpec& clip, int steps_done, ResidentModel& model);

/// From `start` (at step 0: the noise) to the final latents [1,C,T,H,W] fp32, still normalised. `on_step` may
/// throw to end it. Going on from a state gives the same bits as never having stopped.
at::Tensor denoise(const ClipSpec& clip, const PromptEmbeds& embeds, const DenoiseState& start,
                   ResidentModel& model, at::Device device, const StepCallback& on_step);

}  // namespace clipmill
