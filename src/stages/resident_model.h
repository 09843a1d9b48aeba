// The model that a worker has open, and which of its components are in device memory.
#pragma once

#include <optional>

#include "checkpoint/model_folder.h"
#include "core/job.h"
#include "model/lora_weights.h"
#include "model/text_encoder.h"
#include "model/tokenizer.h"
#include "model/transformer.h"
#include "model/vae/vae.h"
#include "vram/device.h"
#include "vram/resident_blocks.h"

namespace clipmill {

/// Components load when first needed, in the form that the memory plan asks for. Under a plan that is not
/// resident they are released after their stage; else they stay for the next clip.
class ResidentModel {
 public:
  /// What `job` asks for. Reads and checks every configuration and header. Throws Error(kInput).
  ResidentModel(const JobSpec& job, Device& device);

  /// Whether it is what `job` asks for: the same folder, precision and LoRAs.
  bool serves(const JobSpec& job) const;
  /// From now on. Releases what the plan does not keep and no stage has asked for since; of what it has in
  /// another form it makes a new one when it is asked for.
  void adopt(const MemoryPlan& plan);
  const ModelFolder& folder() const { return folder_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }

  /// How it is used now.
  const MemoryPlan& plan() const { return plan_; }

  bool has_text_encoder() const { return text_encoder_.component.has_value(); }
  bool has_transformer() const {
    return transformer_.component.has_value() || transformer_2_.component.has_value();
  }
  bool has_vae() const { return vae_.component.has_value(); }

  const TextEncoder& text_encoder();
  /// Of the high-noise range; the only one of a model with one transformer.
  const Transformer& transformer();
  const Transformer& transformer_2();
  const Vae& vae();

  /// After the last use in a clip, or when it failed; keeps them where memory allows.
  void done_with_text_encoder() { release(text_encoder_); }
  void done_with_transformer() { release(transformer_); }
  void done_with_transformer_2() { release(transformer_2_); }
  void done_with_vae() { release(vae_); }
  void done() {
    done_with_text_encoder();
    done_with_transformer();
    done_with_transformer_2();
    done_with_vae();
  }
  /// Enters the weights that stay.
  void enter(ResidentBlocks& blocks) const;

 private:
  template <typename Component>
  struct Loaded {
    std::optional<Component> component;
    ResidentBlocks blocks{};  // its weights
  };

  /// What `make` gives, unless it is there.
  template <typename Component, typename Make>
  const Component& loaded(Loaded<Component>& slot, const char* name, Make make);
  template <typename Component>
  void release(Loaded<Component>& slot) {
    if (plan_.resident || !slot.component) return;
    slot = {};
    device_.trim();
  }

  Transformer load_transformer(const TransformerConfig& config, const TensorSource& source,
                               std::vector<ScaledLora> loras) const;
  std::vector<ScaledLora> loras_of(LoraLayers LoraFile::*transformer) const;

  std::string path_;
  Precision precision_;
  std::vector<LoraChoice> loras_, loras_2_;
  Device& device_;
  ModelFolder folder_;
  Tokenizer tokenizer_;
  MemoryPlan plan_;
  Loaded<TextEncoder> text_encoder_;
  Loaded<Transformer> transformer_, transformer_2_;
  Loaded<Vae> vae_;
};

}  // namespace clipmill
