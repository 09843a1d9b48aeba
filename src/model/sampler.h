// From noise to a clip in n steps: what a sampler is, and how to get one.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/config.h"
#include "model/tensor_io.h"

namespace clipmill {

class Sampler {
 public:
  virtual ~Sampler() = default;
  /// What the model is told at each step, in 0..num_train_timesteps; UniPC truncates to whole numbers.
  virtual const std::vector<float>& timesteps() const = 0;
  /// Noise levels σ, one more than steps; the last is the end of the trajectory.
  virtual const std::vector<float>& sigmas() const = 0;
  /// The sample after step `i` (called with i = 0, 1, … in order), from the model's velocity and the sample
  /// before it.
  virtual at::Tensor step(const at::Tensor& velocity, const at::Tensor& sample) = 0;

  /// What earlier steps left for later ones, beside the sample; empty for a one-step method.
  virtual NamedTensors history() const = 0;
  /// Goes on as if `steps` steps had been made, which left `history`. Throws Error(kInput) if they cannot
  /// have.
  virtual void resume(int steps, const NamedTensors& history) = 0;
};

/// `name`: "auto" (the checkpoint's), "unipc" or "euler"; `flow_shift`: absent for the checkpoint's.
std::unique_ptr<Sampler> make_sampler(const SchedulerConfig& config, const std::string& name, int steps,
                                      std::optional<double> flow_shift);

}  // namespace clipmill
