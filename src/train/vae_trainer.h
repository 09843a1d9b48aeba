// Trains an AutoencoderKLWan: reconstruction and KL, then the decoder alone.
#pragma once

#include "model/vae/vae.h"
#include "train/dataset.h"
#include "train/optimization.h"
#include "train/trial_steps.h"

namespace clipmill {

class VaeTrainer {
 public:
  VaeTrainer(const TrainRecipe& recipe, const Dataset& data, std::shared_ptr<Parameters> parameters,
             at::Device device);

  /// optimizer.steps of the whole, then decoder_steps of the decoder.
  int steps() const;
  /// Step `step` of these, to be called in order.
  StepResult step(int step);

  /// Where the recipe leaves it open: clips of a step.
  void set_batch(int batch) { batch_ = batch; }
  /// To measure with: pictures and clips in every size that the schedule has; the decoder alone, which needs
  /// less, only where nothing else has that size. Must not outlive the trainer.
  TrialSteps trials();

  /// The averaged weights, as a model that computes.
  Vae averaged() const { return Vae(recipe_.vae, Weights(optimization_.ema().store()), device_); }
  const Parameters& average() const { return optimization_.ema().average(); }
  /// For who needs the average longer than the trainer.
  std::shared_ptr<const Parameters> average_store() const { return optimization_.ema().store(); }

  Parameters::Named state() const { return optimization_.state(); }
  void load(const Parameters::Named& state, int next_step);

 private:
  bool decoder_only(int step) const { return step >= recipe_.train_vae.optimizer.steps; }
  void begin_decoder_phase();
  OptimizerRecipe schedule(int step) const;
  const std::vector<Bucket>& buckets() const;
  at::Tensor draw(int step, at::Generator& generator) const;
  at::Tensor draw(const Bucket& bucket, int count, at::Generator& generator) const;
  void try_step(const StepShape& shape, int clips);
  at::Tensor loss(const at::Tensor& pixels, int step, at::Generator& generator) const;
  at::Tensor decoder_loss(const at::Tensor& pixels, at::Generator& generator) const;
  Vae::Moments fixed_moments(const at::Tensor& pixels) const;

  const TrainRecipe& recipe_;
  const Dataset& data_;
  at::Device device_;
  std::shared_ptr<Parameters> parameters_;
  Vae vae_;
  Optimization optimization_;
  int batch_;
  bool decoder_phase_ = false;
};

}  // namespace clipmill
