// Trains text encoder and transformer, or a LoRA of the transformer, by flow matching on cached latents.
#pragma once

#include <vector>

#include "train/caption_batch.h"
#include "train/flow_loss.h"
#include "train/flow_model.h"
#include "train/latent_set.h"
#include "train/optimization.h"
#include "train/trial_steps.h"
#include "vram/checkpoint_plan.h"

namespace clipmill {

class FlowTrainer {
 public:
  /// `tokens`: of each caption of `latents`, then of the empty one. The latents are normalised here.
  FlowTrainer(const TrainRecipe& recipe, const LatentSet& latents, std::vector<TokenIds> tokens,
              std::shared_ptr<Parameters> parameters, MakeFlowModel make_model, at::Device device);

  int steps() const { return recipe_.train_transformer.optimizer.steps; }
  /// Step `step`, to be called in order.
  StepResult step(int step);

  struct Batch {
    NoisedBatch noised;
    std::vector<const TokenIds*> captions;  ///< of each clip
  };
  /// What step `step` sees.
  Batch batch(int step) const;

  /// Where the recipe leaves it open: clips of a step, segments of the blocks (0: none).
  void set_batch(int batch) { batch_ = batch; }
  void set_segments(int segments);

  /// To measure with; a shape for each bucket, each with the captions that take the most memory, so that no
  /// step to come takes more. Must not outlive the trainer.
  TrialSteps trials();
  /// Of the first block in such a step; nothing stays. Throws c10::OutOfMemoryError.
  LayerBytes measure_block(Device& device, const StepShape& shape, int clips);
  int blocks() const { return static_cast<int>(model_.transformer.blocks().size()); }
  std::int64_t parameter_bytes() const { return parameters_->count() * std::int64_t{sizeof(float)}; }

  /// On the averaged weights.
  FlowModel averaged() const { return make_model_(optimization_.ema().store()); }
  const Parameters& average() const { return optimization_.ema().average(); }

  Parameters::Named state() const { return optimization_.state(); }
  void load(const Parameters::Named& state) { optimization_.load(state); }

 private:
  Batch draw(const LatentBucket& bucket, int count, at::Generator& generator) const;
  std::vector<const TokenIds*> different_captions(const LatentBucket& bucket) const;
  Batch heaviest_batch(const StepShape& shape, int clips, int parts) const;
  void try_step(const StepShape& shape, int clips);
  at::Tensor part_loss(const Batch& batch, int part) const;
  at::Tensor loss(const NoisedBatch& noised, const std::vector<const TokenIds*>& captions,
                  const RunBlocks& run_blocks) const;

  const TrainRecipe& recipe_;
  at::Device device_;
  std::vector<LatentBucket> buckets_;  // normalised
  std::vector<Bucket> shapes_;         // of each
  std::vector<TokenIds> tokens_;
  std::shared_ptr<Parameters> parameters_;
  MakeFlowModel make_model_;
  FlowModel model_;
  RunBlocks run_blocks_;
  int batch_;
  Optimization optimization_;
};

}  // namespace clipmill
