#include "train/adamw.h"

#include <c10/core/GradMode.h>

#include <map>

#include "base/error.h"

namespace clipmill {

AdamW::Settings AdamW::Settings::from(const OptimizerRecipe& recipe) {
  Settings settings;
  settings.beta1 = recipe.beta1;
  settings.beta2 = recipe.beta2;
  settings.weight_decay = recipe.weight_decay;
  return settings;
}

AdamW::AdamW(const Parameters& parameters, Settings settings) : settings_(settings) {
  decayed_.weight_decay = settings.weight_decay;
  plain_.weight_decay = 0;
  for (const auto& [name, tensor] : parameters.named()) {
    Group& group = tensor.dim() > 1 ? decayed_ : plain_;
    group.names.push_back(name);
    group.parameters.push_back(tensor);
    group.first.push_back(at::zeros_like(tensor.detach()));
    group.second.push_back(at::zeros_like(tensor.detach()));
    group.steps.push_back(at::zeros({}, tensor.options().dtype(at::kFloat).requires_grad(false)));
  }
}

void AdamW::step(double learning_rate) {
  const c10::NoGradGuard no_grad;
  for (Group* group : {&decayed_, &plain_}) {
    std::vector<at::Tensor> grads, parameters, first, second, steps;
    for (std::size_t i = 0; i < group->parameters.size(); ++i) {
      if (!group->parameters[i].grad().defined()) continue;  // no part of this step's graph
      parameters.push_back(group->parameters[i]);
      grads.push_back(group->parameters[i].grad());
      first.push_back(group->first[i]);
      second.push_back(group->second[i]);
      steps.push_back(group->steps[i]);
    }
    if (grads.empty()) continue;
    at::_foreach_add_(steps, 1);  // at once: on a GPU each small launch costs
    at::_fused_adamw_(parameters, grads, first, second, {}, steps, learning_rate, settings_.beta1,
                      settings_.beta2, group->weight_decay, settings_.eps, /*amsgrad=*/false,
                      /*maximize=*/false);
  }
}

void AdamW::zero_grad() {
  for (Group* group : {&decayed_, &plain_}) {
    for (at::Tensor& parameter : group->parameters) parameter.mutable_grad().reset();
  }
}

double AdamW::clip(double largest) {
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> grads = gradients();
  if (grads.empty()) return 0;
  const double norm = at::stack(at::_foreach_norm(grads)).norm().item<double>();
  if (largest > 0 && norm > largest) at::_foreach_mul_(grads, largest / (norm + 1e-6));
  return norm;
}

std::vector<at::Tensor> AdamW::gradients() const {
  std::vector<at::Tensor> grads;
  for (const Group* group : {&decayed_, &plain_}) {
    for (const at::Tensor& parameter : group->parameters) {
      if (parameter.grad().defined()) grads.push_back(parameter.grad());
    }
  }
  return grads;
}

Parameters::Named AdamW::state() const {
  Parameters::Named state;
  for (const Group* group : {&decayed_, &plain_}) {
    for (std::size_t i = 0; i < group->names.size(); ++i) {
      state.emplace_back("first." + group->names[i], group->first[i]);
      state.emplace_back("second." + group->names[i], group->second[i]);
      state.emplace_back("steps." + group->names[i], group->steps[i]);
    }
  }
  return state;
}

void AdamW::load(const Parameters::Named& saved) {
  const c10::NoGradGuard no_grad;
  const std::map<std::string, at::Tensor> by_name(saved.begin(), saved.end());
  for (auto& [name, tensor] : state()) {
    const auto found = by_name.find(name);
    if (found == by_name.end() || found->second.sizes() != tensor.sizes())
      throw input_error("the saved state of the optimiser has no fitting \"{}\"", name);
    tensor.copy_(found->second);
  }
}

}  // namespace clipmill
