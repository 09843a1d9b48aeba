// A model folder opened to be measured: whole, in memory, in the types of training.
#pragma once

#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "core/job.h"
#include "model/tokenizer.h"
#include "model/vae/vae.h"
#include "train/flow_model.h"

namespace clipmill {

struct FinishedModel {
  /// `loras`: each as parse_loras() of core/lora_choice.h reads it. Throws Error(kInput).
  FinishedModel(const std::string& path, const std::vector<std::string>& loras, Precision precision,
                at::Device device, Vae::Parts parts = Vae::Parts::kBoth);

  ModelFolder folder;
  Tokenizer tokenizer;
  FlowModel model;
  Vae vae;
};

}  // namespace clipmill
