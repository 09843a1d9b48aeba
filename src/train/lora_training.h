// Fine-tuning by low-rank additions: which parameters there are, how the model computes with them, how they
// are kept.
#pragma once

#include <filesystem>

#include "checkpoint/model_folder.h"
#include "recipe/recipe.h"
#include "train/flow_model.h"
#include "train/parameters.h"

namespace clipmill {

/// The layers that `targets` ("q", "k", "v", "o", "ffn") name, of every block. Throws Error(kInput) for
/// another one.
std::vector<std::string> lora_layers(const TransformerConfig& transformer,
                                     const std::vector<std::string>& targets);

/// A (uniform, fan-in) and B (zero) of each layer (Hu et al., "LoRA"): "<layer>.lora_A.weight",
/// "<layer>.lora_B.weight".
void add_lora_parameters(Parameters& parameters, const TransformerConfig& transformer,
                         const LoraRecipe& recipe, std::uint64_t seed, at::Device device);

/// `base` in `dtype`, with the additions that are trained. `base` must outlive it.
MakeFlowModel model_with_lora(const ModelFolder& base, const LoraRecipe& recipe, at::ScalarType dtype,
                              at::Device device);

/// A PEFT file that Diffusers and `clipmill run --lora` load. Throws Error(kIo).
void write_trained_lora(const std::filesystem::path& file, const Parameters& trained,
                        const LoraRecipe& recipe);

}  // namespace clipmill
