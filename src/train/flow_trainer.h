// Trains text encoder and transformer, or a LoRA of the transformer, by flow matching on cached latents.
#pragma once

#include <vector>

#include "train/caption_batch.h"
#include "train/flow_loss.h"
#include "train/flow_model.h"
#include "train/latent_set.h"
#include "train/optimization.h"

namespace clipmill {

class FlowTrainer {
 public:
  /// `tokens`: of each caption of `latents`, then of the empty one. The latents are normalised here.
  FlowTrainer(const TrainRecipe& recipe, const LatentSet& latents, std::vector<TokenIds> tokens,
              std::shared_ptr<Parameters> parameters, MakeFlowModel make_model, at::Device device);

  int steps() const { return recipe_.train_transformer.optimizer.steps; }
  /// Step `step`, to be called in order.
  StepResult step(int step);

  /// On the averaged weights.
  FlowModel averaged() const { return make_model_(optimization_.ema().store()); }
  const Parameters& average() const { return optimization_.ema().average(); }

  Parameters::Named state() const { return optimization_.state(); }
  void load(const Parameters::Named& state) { optimization_.load(state); }

 private:
  struct Batch {
    NoisedBatch noised;
    std::vector<const TokenIds*> captions;  // of each clip
  };
  Batch draw(at::Generator& generator) const;
  at::Tensor loss(const NoisedBatch& noised, const std::vector<const TokenIds*>& captions) const;

  const TrainRecipe& recipe_;
  at::Device device_;
  std::vector<LatentBucket> buckets_;  // normalised
  std::vector<Bucket> shapes_;         // of each
  std::vector<TokenIds> tokens_;
  std::shared_ptr<Parameters> parameters_;
  MakeFlowModel make_model_;
  FlowModel model_;
  RunBlocks run_blocks_;
  Optimization optimization_;
};

}  // namespace clipmill
