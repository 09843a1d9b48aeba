// What a LoRA file adds to which layers, from its header alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/lora_names.h"
#include "checkpoint/model_folder.h"
#include "checkpoint/safetensors.h"

namespace clipmill {

/// Of one layer; nullptr: not in the file. `down` and `up` are both there or both not.
struct LoraTensors {
  const TensorInfo* down = nullptr;
  const TensorInfo* up = nullptr;
  const TensorInfo* up_bias = nullptr;
  const TensorInfo* alpha = nullptr;
  const TensorInfo* weight_delta = nullptr;
  const TensorInfo* bias_delta = nullptr;
  std::optional<double> named_alpha;  ///< in the file's lora_adapter_metadata
  bool rank_stabilized = false;       ///< B·A counts alpha / √r times
};

/// By layer, as the checkpoint calls it: "blocks.0.attn1.to_q".
using LoraLayout = std::map<std::string, LoraTensors>;

struct LoraLayouts {
  LoraLayout transformer;
  LoraLayout transformer_2;          ///< keys under transformer_2.: for the low-noise transformer
  std::vector<std::string> ignored;  ///< DoRA magnitudes and differences of norms
};

/// A transformer's layout, and that of the second one where the model has it. A file without transformer_2.
/// keys is for the first transformer alone, as in Diffusers.
/// Throws Error(kInput) naming file and key for a layer that the model does not have, a half that is missing,
/// a shape that does not fit, and a file with nothing to apply. Pointers live as long as `file`.
LoraLayouts read_lora_layouts(const SafetensorsFile& file, const std::vector<TensorSpec>& transformer,
                              const std::vector<TensorSpec>* transformer_2);

/// Where keys go that do not name transformer_2.
enum class LoraPlace { kTransformer, kTransformer2 };

/// The same for a model folder. At kTransformer2 the file is for the low-noise transformer alone: its
/// transformer_2. keys or, without them, the others; throws Error(kInput) where the model has none.
LoraLayouts read_lora_layouts(const SafetensorsFile& file, const ModelFolder& model,
                              LoraPlace place = LoraPlace::kTransformer);

}  // namespace clipmill
