// UniPC, multistep, for flow matching (Zhao et al. 2023, arXiv:2302.04867), in the paper's symbols:
// λ = ln α − ln σ with α = 1 − σ, h = λ_t − λ_s, m the predicted clean samples, B(h) as named by solver_type.
#pragma once

#include <deque>

#include "model/sampler.h"

namespace clipmill {

class UniPc : public Sampler {
 public:
  UniPc(const SchedulerConfig& config, int steps, double flow_shift);

  const std::vector<float>& timesteps() const override { return timesteps_; }
  const std::vector<float>& sigmas() const override { return sigmas_; }
  at::Tensor step(const at::Tensor& velocity, const at::Tensor& sample) override;
  NamedTensors history() const override;
  void resume(int steps, const NamedTensors& history) override;

 private:
  int order_of(int step) const;
  at::Tensor correct(const at::Tensor& m_t) const;
  at::Tensor predict(const at::Tensor& sample, int order) const;
  at::Tensor advance(const at::Tensor& x, int s, int t, int order, const at::Tensor* m_t) const;

  SchedulerConfig config_;
  std::vector<float> timesteps_, sigmas_;
  at::Tensor sigma_, lambda_;  // fp32 on the CPU, one more than steps
  std::deque<at::Tensor> m_;   // newest last, at most solver_order
  at::Tensor last_sample_;     // corrected; where the step before began
  int step_ = 0;
};

}  // namespace clipmill
