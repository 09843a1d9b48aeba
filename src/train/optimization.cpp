#include "train/optimization.h"

#include <cmath>

#include "train/compute_type.h"
#include "train/schedule.h"
#include "train/training_state.h"
#include "vram/autocast.h"

namespace clipmill {
Optimization::Optimization(std::shared_ptr<Parameters> parameters, const OptimizerRecipe& recipe,
                           Precision precision, at::Device device)
    : parameters_(std::move(parameters)),
      device_(device),
      compute_(compute_type(precision)),
      optimizer_(*parameters_, AdamW::Settings::from(recipe)),
      ema_(*parameters_) {}

StepResult Optimization::step(const OptimizerRecipe& recipe, int step, int age,
                              const std::function<at::Tensor(int part)>& loss) {
  StepResult result;
  result.learning_rate = learning_rate(recipe, step);
  optimizer_.zero_grad();
  for (int part = 0; part < recipe.accumulate; ++part) {
    at::Tensor value;
    {
      const AutocastGuard autocast(device_.type(), compute_ == at::kFloat ? at::kBFloat16 : compute_,
                                   compute_ != at::kFloat);
      value = loss(part) / recipe.accumulate;
    }
    value.backward();
    result.loss += value.item<double>();
  }
  result.grad_norm = optimizer_.clip(recipe.clip_norm);
  if (!std::isfinite(result.loss) || !std::isfinite(result.grad_norm)) return result;
  optimizer_.step(result.learning_rate);
  ema_.update(*parameters_, ema_decay(recipe.ema, age));
  return result;
}

Parameters::Named Optimization::state() const {
  return training_state(*parameters_, ema_.average(), optimizer_);
}

void Optimization::load(const Parameters::Named& state) {
  load_training_state(state, *parameters_, ema_.average(), optimizer_);
}

}  // namespace clipmill
