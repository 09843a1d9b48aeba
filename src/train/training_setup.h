// What a training has before its first step: data, tokenizer, a base if there is one, and trainers on them.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "model/tokenizer.h"
#include "train/dataset.h"
#include "train/flow_trainer.h"
#include "train/tokenizer_files.h"
#include "train/vae_trainer.h"

namespace clipmill {

/// Stays where it is: trainers refer to its recipe and data.
class TrainingSetup {
 public:
  /// Opens everything and learns the tokenizer, whose files are written into `tokenizer_folder`. Throws
  /// Error(kInput).
  TrainingSetup(TrainRecipe recipe, const std::filesystem::path& tokenizer_folder, at::Device device);
  TrainingSetup(const TrainingSetup&) = delete;
  TrainingSetup& operator=(const TrainingSetup&) = delete;

  /// What structure is not given comes from the base; a new VAE's statistics are filled in when measured.
  TrainRecipe recipe;

  bool on_base() const { return base_.has_value(); }
  bool low_rank() const { return recipe.lora.rank > 0; }
  const Dataset& data() const { return *data_; }
  /// Broken clips that were left out, one line each.
  const std::vector<std::string>& skipped() const { return skipped_; }
  const TokenizerFiles& tokenizer_files() const { return tokenizer_files_; }
  TokenIds encode(const std::string& caption) const { return caption_tokens(*tokenizer_, caption); }

  /// On the base's VAE or a new one.
  std::unique_ptr<VaeTrainer> vae_trainer();
  /// On the base's transformer, additions to it, or a new one.
  std::unique_ptr<FlowTrainer> flow_trainer(const LatentSet& latents) const;
  /// What that one is trained from.
  std::shared_ptr<Parameters> flow_parameters() const;
  /// How many clips of a bucket are cached: a world draws as many different ones as wanted, shared by weight;
  /// a folder's are all used in every size.
  std::int64_t clips_of(const Bucket& bucket) const;

 private:
  MakeFlowModel flow_model() const;

  at::Device device_;
  std::optional<ModelFolder> base_;
  std::unique_ptr<Dataset> data_;
  std::vector<std::string> skipped_;
  TokenizerFiles tokenizer_files_;
  std::optional<Tokenizer> tokenizer_;
};

}  // namespace clipmill
