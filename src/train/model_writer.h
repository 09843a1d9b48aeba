// Writes a trained model as a folder in the Diffusers layout.
//
//   write_model("models/mine", {.vae_config = recipe.vae, ..., .vae = vae_tensors, ...},
//   Precision::kFp16, 3.0);
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/config.h"
#include "core/job.h"
#include "train/tokenizer_files.h"

namespace clipmill {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Tensors under the names of checkpoint/layout.h, in any order, type and on any device.
struct ModelParts {
  VaeConfig vae_config;  ///< with the statistics of the latents
  TextEncoderConfig text_encoder_config;
  TransformerConfig transformer_config;
  NamedTensors vae, text_encoder, transformer;
  TokenizerFiles tokenizer;
};

/// The model is complete, on disk (below `folder`/.training) and accepted by ModelFolder::open before it
/// takes the place of an older one; whatever else lies in the folder is not touched. `stored` is the type of
/// all weights; `flow_shift` the sampler's. Throws Error(kIo), on a full disk for instance, and Error(kInput)
/// naming a tensor that is not finite in `stored`; the older model is then untouched.
void write_model(const std::filesystem::path& folder, const ModelParts& parts, Precision stored,
                 double flow_shift);

/// The VAE alone, in the subfolder "vae" of `folder`. Throws as write_model() does, and Error(kInput) where
/// `folder` holds a whole model, whose transformer it would not fit.
void write_vae(const std::filesystem::path& folder, const VaeConfig& config, const NamedTensors& vae,
               Precision stored);

/// Of a model that was complete when a crash came: what is not in its place yet. Throws Error(kIo).
void complete_model(const std::filesystem::path& folder);

}  // namespace clipmill
