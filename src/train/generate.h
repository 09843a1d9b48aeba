// Clips of a shapes-sized model, many at once: for samples while training and for measuring adherence.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

#include "checkpoint/config.h"
#include "model/vae/vae.h"
#include "recipe/recipe.h"
#include "train/caption_batch.h"
#include "train/flow_model.h"

namespace clipmill {

struct GenerateSettings {
  Bucket bucket;
  int steps = 20;
  double guidance = 2;
  SchedulerConfig scheduler = {.flow_shift = 3};  ///< the sampler's, as the checkpoint says
  std::uint64_t seed = 1000;                      ///< clip i gets the noise of `clipmill run --seed` seed + i
};

/// One clip for each of `prompts`, denoised as one batch: uint8 [B,T,H,W,3]. `empty`: the tokens of "". Clips
/// depend on the batch they are in by rounding only. `check` is called between steps and may throw.
at::Tensor generate(const FlowModel& model, const Vae& vae, const VaeConfig& vae_config,
                    const std::vector<const TokenIds*>& prompts, const TokenIds& empty,
                    const GenerateSettings& settings, const std::function<void()>& check);

/// What makes clips of texts.
struct ClipSource {
  const FlowModel& model;
  const Vae& vae;
  const VaeConfig& vae_config;
  std::function<TokenIds(const std::string&)> encode;
};

/// The same of any number of prompts, `batch` at a time: `take` is called with each batch, uint8
/// [B,T,H,W,3].
void generate_each(const ClipSource& source, const std::vector<std::string>& prompts,
                   const GenerateSettings& settings, int batch, const std::function<void()>& check,
                   const std::function<void(const at::Tensor& clips)>& take);

}  // namespace clipmill
