// The work of every stage of a clip, from the model's configuration and the clip's settings alone.
#pragma once

#include <map>
#include <string_view>
#include <utility>

#include "base/half_units.h"
#include "checkpoint/model_folder.h"
#include "core/measurement.h"
#include "core/part.h"
#include "cost/layered_weights.h"

namespace clipmill {

/// What of a model folder decides the work: its configurations, and how much its weights are.
struct ModelCost {
  TransformerConfig transformer;
  VaeConfig vae;
  TextEncoderConfig text_encoder;
  bool two_transformers = false;  ///< each for its steps; both stay on the device where components do
  /// In values, as the layouts have them: reckoned once, since each job asks for every plan.
  std::map<Precision, LayeredWeights> text_encoder_weights{};
  std::map<std::pair<Precision, bool>, LayeredWeights> transformer_weights{};  ///< by precision, and int8
  double decoder_weights = 0;

  static ModelCost of(const ModelFolder& model);
  static ModelCost of(const TransformerConfig& transformer, const VaeConfig& vae,
                      const TextEncoderConfig& text_encoder);
};

/// At most: a token is a byte or more of the prompt, and one ends it. Exactly, the tokenizer knows.
double prompt_tokens(const ClipSpec& clip);

/// Bytes of a value in the clip's precision.
double value_bytes(const ClipSpec& clip);
/// That are encoded, and go through the transformer in each step.
int prompts(const ClipSpec& clip);
/// The clip's tokens times the transformer's width.
std::int64_t token_values(const ModelCost& model, const ClipSpec& clip);

/// What beside model and clip decides how much memory a stage takes.
struct StageSetting {
  std::string_view device;  ///< on cpu:N convolutions take room for what they transform
  MemoryPlan plan{};
  Part part = Part::kWhole;  ///< components of its stages only stay resident
  double lora_bytes = 0;     ///< of the files that are fused into the transformers
  /// Whether it computes products in half precision in fp32, piece by piece.
  bool widens = device.starts_with("cpu") && !has_half_units();
};

/// Of encode_text, denoise, decode, render or encode_video; nothing of other stages.
StageWork work_of(const ModelCost& model, const ClipSpec& clip, Stage stage, const StageSetting& setting);

/// Of loading what of the component that `stage` computes with stays on the device under `plan`.
StageWork load_work(const ModelCost& model, const ClipSpec& clip, Stage stage, const MemoryPlan& plan = {});

}  // namespace clipmill
