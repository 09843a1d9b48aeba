#include "train/ema.h"

#include <c10/core/GradMode.h>

namespace clipmill {
namespace {

Parameters::Named copies(const Parameters& parameters) {
  Parameters::Named named;
  for (const auto& [name, tensor] : parameters.named()) named.emplace_back(name, tensor.detach().clone());
  return named;
}

}  // namespace

Ema::Ema(const Parameters& parameters) : average_(std::make_shared<Parameters>(copies(parameters))) {}

void Ema::update(const Parameters& parameters, double decay) {
  const c10::NoGradGuard no_grad;
  at::_foreach_lerp_(average_->tensors(), parameters.tensors(), 1 - decay);
}

}  // namespace clipmill
