#include "model/flow_match_euler.h"

#include "base/error.h"

namespace clipmill {
namespace {

template <typename Real>
Real shifted(Real sigma, double shift) {
  return static_cast<Real>(shift) * sigma / (1 + static_cast<Real>(shift - 1) * sigma);
}

}  // namespace

FlowMatchEuler::FlowMatchEuler(const SchedulerConfig& config, int steps, double shift) {
  const int train_steps = config.num_train_timesteps;
  // The range's ends are shifted here and once more below: the reference's schedule is what models were tuned
  // for.
  const double t_max = static_cast<double>(shifted(1.0f, shift)) * train_steps;
  const double t_min =
      static_cast<double>(shifted(1.0f / static_cast<float>(train_steps), shift)) * train_steps;
  for (int i = 0; i < steps; ++i) {
    const double t = steps == 1 ? t_max : t_max + i * ((t_min - t_max) / (steps - 1));
    sigmas_.push_back(static_cast<float>(shifted(t / train_steps, shift)));
    timesteps_.push_back(sigmas_.back() * static_cast<float>(train_steps));
  }
  sigmas_.push_back(0.0f);
}

at::Tensor FlowMatchEuler::step(const at::Tensor& velocity, const at::Tensor& sample) {
  const float dt = sigmas_[step_ + 1] - sigmas_[step_];
  ++step_;
  return (sample.to(at::kFloat) + dt * velocity).to(velocity.scalar_type());
}

void FlowMatchEuler::resume(int steps, const NamedTensors& history) {
  if (!history.empty()) throw input_error("Euler steps have no history, but {} tensors came", history.size());
  step_ = static_cast<std::size_t>(steps);
}

}  // namespace clipmill
