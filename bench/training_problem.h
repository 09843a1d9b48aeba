// What the benchmarks of training train: the transformer of examples/shapes.toml on latents of a few clips.
#pragma once

#include <memory>
#include <vector>

#include "train/flow_trainer.h"
#include "train/tokenizer_files.h"

namespace clipmill {

class TrainingProblem {
 public:
  /// Encodes `clips` clips of the small world, 64x64 with 17 frames, by the VAE of models/shapes. Optimises
  /// for `steps` steps.
  TrainingProblem(int clips, int steps, int batch = 32);

  const TrainRecipe& recipe() const { return recipe_; }
  const TokenizerFiles& tokenizer() const { return tokenizer_; }
  const LatentSet& latents() const { return latents_; }
  const std::vector<TokenIds>& tokens() const { return tokens_; }

  /// New parameters, the same each time.
  std::shared_ptr<Parameters> parameters() const;
  /// The loss of `model` on the same clips with the same noise each time.
  double loss(const FlowModel& model) const;

 private:
  /// Of clips first … first + count − 1.
  CaptionBatch captions(int first, int count) const;

  TrainRecipe recipe_;
  LatentSet latents_;
  TokenizerFiles tokenizer_;
  std::vector<TokenIds> tokens_;
};

/// A trainer with the recipe that it refers to.
struct TrainingRun {
  TrainRecipe recipe;
  FlowTrainer trainer;

  TrainingRun(const TrainRecipe& recipe, const TrainingProblem& problem);
};

}  // namespace clipmill
