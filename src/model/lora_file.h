// LoRA files: what they add to each layer, as tensors.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/lora_layout.h"

namespace clipmill {

/// Of one layer: W + scale · B·A + weight_delta, b + bias_delta. Undefined: nothing of that kind.
struct LoraLayer {
  at::Tensor a;             ///< [r, in]; a convolution's kernel is flattened into `in`
  at::Tensor b;             ///< [out, r]
  double scale = 1;         ///< alpha / r
  at::Tensor weight_delta;  ///< of the weight's shape
  at::Tensor bias_delta;    ///< [out], fp32
};

/// By layer, as the checkpoint calls it: "blocks.0.attn1.to_q".
using LoraLayers = std::map<std::string, LoraLayer>;

struct LoraFile {
  LoraLayers transformer, transformer_2;
  std::vector<std::string> ignored;  ///< keys that Diffusers leaves out as well
};

/// Copies in host memory, in the file's types. Throws Error(kInput) as read_lora_layouts does, and for an
/// alpha that is not a finite number.
LoraFile read_lora(const std::filesystem::path& file, const ModelFolder& model,
                   LoraPlace place = LoraPlace::kTransformer);

/// A PEFT file as Diffusers' save_lora_weights writes it, which WanPipeline.load_lora_weights and read_lora
/// read: tensors under transformer. and transformer_2., LoraConfig in the metadata. Written atomically.
/// Throws Error(kIo), and Error(kInternal) for a layer without A and B or with a weight_delta, for which the
/// format has no place.
void write_lora(const std::filesystem::path& file, const LoraLayers& transformer,
                const LoraLayers& transformer_2 = {});

}  // namespace clipmill
