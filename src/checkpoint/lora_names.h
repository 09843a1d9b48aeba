// The names that LoRA files of different origin give to the tensors of one layer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/layout.h"

namespace clipmill {

/// What one tensor of a LoRA file is for its layer.
enum class LoraRole {
  kDown,         ///< A [r, in]
  kUp,           ///< B [out, r]
  kUpBias,       ///< of B: scaled as B·A is
  kAlpha,        ///< scalar; B·A counts alpha / r times
  kWeightDelta,  ///< added to the weight as it is
  kBiasDelta,    ///< added to the bias as it is
  kIgnored,      ///< DoRA magnitudes and differences of norms, which Diffusers leaves out as well
};

/// A key of a LoRA file, understood.
struct LoraKey {
  int transformer = 0;  ///< 1: of the low-noise transformer
  std::string layer;    ///< as the checkpoint calls it: "blocks.0.attn1.to_q"
  LoraRole role = LoraRole::kIgnored;
};

/// Knows every layer of one transformer by the names of the three styles:
///   Diffusers, PEFT     transformer.blocks.0.attn1.to_q.lora_A.weight (transformer_2.: low noise)
///   original, ComfyUI   diffusion_model.blocks.0.self_attn.q.lora_down.weight (or lora_A), .alpha, .diff,
///   .diff_b musubi, kohya       lora_unet_blocks_0_self_attn_q.lora_down.weight, .alpha
class LoraNames {
 public:
  explicit LoraNames(const std::vector<TensorSpec>& transformer);

  /// Throws Error(kInput) that says what about `key` is unknown, without the file's name.
  LoraKey parse(std::string_view key) const;

 private:
  std::map<std::string, std::string, std::less<>> layers_;  ///< prefix and name as in files → checkpoint's
};

}  // namespace clipmill
