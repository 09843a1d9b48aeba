#include "train/optimization.h"

#include <cmath>

#include "model/tensor_io.h"
#include "train/schedule.h"
#include "train/training_state.h"
#include "vram/autocast.h"

namespace clipmill {
namespace {

constexpr const char* kScaler = "scaler";

}  // namespace

Optimization::Optimization(std::shared_ptr<Parameters> parameters, const OptimizerRecipe& recipe,
                           Precision precision, at::Device device)
    : parameters_(std::move(parameters)),
      device_(device),
      compute_(scalar_type(precision)),
      optimizer_(*parameters_, AdamW::Settings::from(recipe)),
      scaler_({.enabled = precision == Precision::kFp16}),
      ema_(*parameters_) {}

StepResult Optimization::step(const OptimizerRecipe& recipe, int step, int age,
                              const std::function<at::Tensor(int part)>& loss) {
  StepResult result;
  result.learning_rate = learning_rate(recipe, step);
  optimizer_.zero_grad();
  result.loss = add_gradients(recipe, loss);
  const std::vector<at::Tensor> parameters = parameters_->tensors();
  scaler_.unscale(parameters);
  result.grad_norm = optimizer_.clip(recipe.clip_norm);
  const bool finite = std::isfinite(result.loss) && std::isfinite(result.grad_norm);
  result.skipped = scaler_.enabled() && std::isfinite(result.loss) && !finite;
  const bool stepped = scaler_.step(parameters, [&] {
    if (finite) optimizer_.step(result.learning_rate);
  });
  scaler_.update();
  if (!stepped || !finite) return result;
  ema_.update(*parameters_, ema_decay(recipe.ema, age));
  return result;
}

/// The loss.
double Optimization::add_gradients(const OptimizerRecipe& recipe,
                                   const std::function<at::Tensor(int part)>& loss) {
  double sum = 0;
  for (int part = 0; part < recipe.accumulate; ++part) {
    at::Tensor value;
    {
      const AutocastGuard autocast(device_.type(), compute_ == at::kFloat ? at::kBFloat16 : compute_,
                                   compute_ != at::kFloat);
      value = loss(part) / recipe.accumulate;
    }
    scaler_.scale(value).backward();
    sum += value.item<double>();
  }
  return sum;
}

void Optimization::try_step(const OptimizerRecipe& recipe,
                            const std::function<at::Tensor(int part)>& loss) try {
  optimizer_.zero_grad();
  add_gradients(recipe, loss);
  optimizer_.zero_grad();
} catch (...) {
  optimizer_.zero_grad();
  throw;
}

Parameters::Named Optimization::state() const {
  Parameters::Named state = training_state(*parameters_, ema_.average(), optimizer_);
  if (!scaler_.enabled()) return state;  // so that a run that goes on in fp16 begins with its usual scale
  const GradScalerState scaler = scaler_.state();
  state.emplace_back(kScaler,
                     at::tensor({scaler.scale, static_cast<double>(scaler.growth_tracker)}, at::kDouble));
  return state;
}

void Optimization::load(const Parameters::Named& state) {
  load_training_state(state, *parameters_, ema_.average(), optimizer_);
  for (const auto& [name, tensor] : state) {
    if (name != kScaler || !scaler_.enabled()) continue;
    GradScalerState scaler = scaler_.state();
    scaler.scale = tensor[0].item<double>();
    scaler.growth_tracker = static_cast<std::int64_t>(tensor[1].item<double>());
    scaler_.load(scaler);
  }
}

}  // namespace clipmill
