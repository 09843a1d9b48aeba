// Euler steps along the flow: x += (σ_next − σ)·v.
#pragma once

#include "model/sampler.h"

namespace clipmill {

class FlowMatchEuler : public Sampler {
 public:
  FlowMatchEuler(const SchedulerConfig& config, int steps, double shift);

  const std::vector<float>& timesteps() const override { return timesteps_; }
  const std::vector<float>& sigmas() const override { return sigmas_; }
  /// Computed in fp32, returned in the velocity's type, as the reference does.
  at::Tensor step(const at::Tensor& velocity, const at::Tensor& sample) override;
  NamedTensors history() const override { return {}; }
  void resume(int steps, const NamedTensors& history) override;

 private:
  std::vector<float> timesteps_, sigmas_;
  std::size_t step_ = 0;
};

}  // namespace clipmill
