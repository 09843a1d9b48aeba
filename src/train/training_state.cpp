#include "train/training_state.h"

#include <c10/core/GradMode.h>

#include <map>

#include "base/error.h"
#include "model/tensor_io.h"

namespace clipmill {
namespace {

constexpr const char *kNextStep = "next_step", *kLoss = "loss";

Parameters::Named with_prefix(const std::string& prefix, const Parameters::Named& named) {
  Parameters::Named result;
  for (const auto& [name, tensor] : named) result.emplace_back(prefix + name, tensor.detach());
  return result;
}

Parameters::Named without_prefix(const std::string& prefix, const Parameters::Named& named) {
  Parameters::Named result;
  for (const auto& [name, tensor] : named) {
    if (name.starts_with(prefix)) result.emplace_back(name.substr(prefix.size()), tensor);
  }
  return result;
}

void copy_into(const Parameters& target, const Parameters::Named& saved) {
  const c10::NoGradGuard no_grad;
  const std::map<std::string, at::Tensor> by_name(saved.begin(), saved.end());
  for (const auto& [name, tensor] : target.named()) {
    const auto found = by_name.find(name);
    if (found == by_name.end() || found->second.sizes() != tensor.sizes())
      throw Error(ErrorKind::kInput,
                  fmt::format("the saved state has no fitting \"{}\": it is another model's", name),
                  "clipmill train --fresh starts over");
    tensor.detach().copy_(found->second);
  }
}

}  // namespace

Parameters::Named training_state(const Parameters& parameters, const Parameters& average,
                                 const AdamW& optimizer) {
  Parameters::Named all = with_prefix("parameters.", parameters.named());
  for (auto& entry : with_prefix("average.", average.named())) all.push_back(std::move(entry));
  for (auto& entry : with_prefix("optimizer.", optimizer.state())) all.push_back(std::move(entry));
  return all;
}

void load_training_state(const Parameters::Named& state, const Parameters& parameters,
                         const Parameters& average, AdamW& optimizer) {
  copy_into(parameters, without_prefix("parameters.", state));
  copy_into(average, without_prefix("average.", state));
  optimizer.load(without_prefix("optimizer.", state));
}

void save_state(const std::filesystem::path& file, const SavedState& state) {
  Parameters::Named all = state.tensors;
  all.emplace_back(kNextStep, at::tensor({std::int64_t{state.next_step}}));
  all.emplace_back(kLoss, at::tensor({state.loss.sum, static_cast<double>(state.loss.count)}, at::kDouble));
  save_tensors(file, all);
}

SavedState read_state(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  SavedState state;
  for (const TensorInfo& info : file.tensors()) {
    const at::Tensor tensor = mapped_tensor(file, info).clone();
    if (info.name == kNextStep) {
      state.next_step = static_cast<int>(tensor.item<std::int64_t>());
    } else if (info.name == kLoss) {
      state.loss = {tensor[0].item<double>(), static_cast<int>(tensor[1].item<double>())};
    } else {
      state.tensors.emplace_back(info.name, tensor);
    }
  }
  return state;
}

}  // namespace clipmill
