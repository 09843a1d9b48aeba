#include "model/unipc.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace clipmill {
namespace {

std::vector<double> shifted_sigmas(int steps, double shift, int train_steps) {
  std::vector<double> sigmas;
  for (int i = 0; i < steps; ++i) {
    const double s = 1.0 + i * ((1.0 / train_steps - 1.0) / steps);
    sigmas.push_back(shift * s / (1 + (shift - 1) * s));
  }
  if (std::abs(sigmas[0] - 1) < 1e-6) sigmas[0] -= 1e-6;  // α = 0 would make λ infinite
  return sigmas;
}

}  // namespace

UniPc::UniPc(const SchedulerConfig& config, int steps, double flow_shift) : config_(config) {
  const auto sigmas = shifted_sigmas(steps, flow_shift, config.num_train_timesteps);
  for (const double s : sigmas)
    timesteps_.push_back(static_cast<float>(static_cast<std::int64_t>(s * config.num_train_timesteps)));
  sigmas_.assign(sigmas.begin(), sigmas.end());
  sigmas_.push_back(config.final_sigmas_type == "sigma_min" ? sigmas_.back() : 0.0f);
  // Scalars stay fp32 tensors: the same operations as the reference, to the last bit.
  sigma_ = at::tensor(sigmas_, at::kFloat);
  lambda_ = at::log(1 - sigma_) - at::log(sigma_);
}

at::Tensor UniPc::step(const at::Tensor& velocity, const at::Tensor& input) {
  at::Tensor sample = input;
  const at::Tensor m_t = sample - sigma_[step_] * velocity;
  const bool corrected =
      step_ > 0 && std::ranges::find(config_.disable_corrector, step_ - 1) == config_.disable_corrector.end();
  if (corrected) sample = correct(m_t);

  m_.push_back(m_t);
  if (static_cast<int>(m_.size()) > config_.solver_order) m_.pop_front();
  last_sample_ = sample;
  const at::Tensor next = predict(sample, order_of(step_));
  ++step_;
  return next;
}

/// As many predictions as there are, and fewer towards the end.
int UniPc::order_of(int step) const {
  const int remaining = static_cast<int>(timesteps_.size()) - step;
  return std::min(
      {config_.solver_order, step + 1, config_.lower_order_final ? remaining : config_.solver_order});
}

NamedTensors UniPc::history() const {
  NamedTensors history;
  for (std::size_t i = 0; i < m_.size(); ++i) history.emplace_back(fmt::format("m.{}", i), m_[i]);
  if (last_sample_.defined()) history.emplace_back("last_sample", last_sample_);
  return history;
}

void UniPc::resume(int steps, const NamedTensors& history) {
  const int predictions = std::min(steps, config_.solver_order);
  if (static_cast<int>(history.size()) != (steps > 0 ? predictions + 1 : 0))
    throw input_error("{} steps of UniPC do not leave {} tensors", steps, history.size());
  m_.clear();
  for (const auto& [name, tensor] : history)
    name == "last_sample" ? void(last_sample_ = tensor) : m_.push_back(tensor);
  step_ = steps;
}

at::Tensor UniPc::correct(const at::Tensor& m_t) const {
  return advance(last_sample_, step_ - 1, step_, order_of(step_ - 1), &m_t);
}

at::Tensor UniPc::predict(const at::Tensor& sample, int order) const {
  return advance(sample, step_, step_ + 1, order, nullptr);
}

/// From x at σ_s to σ_t: UniP of `order` without `m_t`, UniC with the prediction made at t.
at::Tensor UniPc::advance(const at::Tensor& x, int s, int t, int order, const at::Tensor* m_t) const {
  const at::Tensor& m_0 = m_.back();
  const at::Tensor alpha_t = 1 - sigma_[t];
  const at::Tensor h = lambda_[t] - lambda_[s], hh = -h;
  const at::Tensor phi_1 = at::expm1(hh);
  const at::Tensor B = config_.solver_type == "bh1" ? hh : phi_1;

  std::vector<at::Tensor> r, D;  // ratios of steps, divided differences
  for (int i = 1; i < order; ++i) {
    r.push_back((lambda_[s - i] - lambda_[s]) / h);
    D.push_back((m_[m_.size() - 1 - i] - m_0) / r.back());
  }
  r.push_back(at::ones({}, at::kFloat));

  std::vector<at::Tensor> rows, b;
  at::Tensor phi_k = phi_1 / hh - 1;
  double factorial = 1;
  for (int k = 1; k <= order; ++k) {
    rows.push_back(at::pow(at::stack(r), k - 1));
    b.push_back(phi_k * factorial / B);
    factorial *= k + 1;
    phi_k = phi_k / hh - 1 / factorial;
  }
  const at::Tensor R = at::stack(rows), rhs = at::stack(b);

  at::Tensor residual = at::zeros_like(x);
  const int unknowns = m_t ? order : order - 1;
  // The lowest orders use ρ = 1/2 in place of the solution, as published.
  const bool simple = unknowns <= 1;
  const at::Tensor rho =
      simple ? at::full({std::max(unknowns, 1)}, 0.5, at::kFloat)
             : at::linalg_solve(R.narrow(0, 0, unknowns).narrow(1, 0, unknowns), rhs.narrow(0, 0, unknowns));
  for (std::size_t i = 0; i < D.size(); ++i) residual = residual + rho[static_cast<int>(i)] * D[i];
  if (m_t) residual = residual + rho[-1] * (*m_t - m_0);

  return sigma_[t] / sigma_[s] * x - alpha_t * phi_1 * m_0 - alpha_t * B * residual;
}

}  // namespace clipmill
