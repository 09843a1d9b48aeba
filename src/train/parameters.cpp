#include "train/parameters.h"

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include "base/error.h"
#include "model/tensor_io.h"

namespace clipmill {

void Parameters::add_new(const std::string& prefix, const std::vector<TensorSpec>& layout,
                         const Initializer& initialize, std::uint64_t seed, at::Device device) {
  const c10::NoGradGuard no_grad;
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  for (const TensorSpec& spec : layout) {
    at::Tensor parameter = at::zeros(spec.shape);
    initialize(spec.name, parameter, generator);
    add(prefix + spec.name, parameter.to(device).requires_grad_(true));
  }
}

void Parameters::add_copies(const std::string& prefix, const std::vector<TensorSpec>& layout,
                            const TensorSource& source, at::Device device) {
  for (const TensorSpec& spec : layout) {
    const auto [file, info] = source.at(spec.name);
    const at::Tensor mapped = mapped_tensor(*file, *info);
    add(prefix + spec.name,
        mapped.to(device, at::kFloat, /*non_blocking=*/false, /*copy=*/true).requires_grad_(true));
  }
}

Parameters::Parameters(Named tensors) {
  for (auto& [name, tensor] : tensors) add(name, tensor.detach());
}

at::Tensor Parameters::tensor(const std::string& name) const {
  const auto found = index_.find(name);
  if (found == index_.end()) throw input_error("there is no parameter \"{}\"", name);
  return named_[found->second].second;
}

std::vector<at::Tensor> Parameters::tensors() const {
  std::vector<at::Tensor> all;
  for (const auto& [name, tensor] : named_) all.push_back(tensor);
  return all;
}

std::int64_t Parameters::count() const {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : named_) count += tensor.numel();
  return count;
}

Parameters::Named Parameters::below(const std::string& prefix) const {
  Named found;
  for (const auto& [name, tensor] : named_) {
    if (name.starts_with(prefix)) found.emplace_back(name.substr(prefix.size()), tensor);
  }
  return found;
}

void Parameters::add(std::string name, at::Tensor tensor) {
  index_.emplace(name, named_.size());
  named_.emplace_back(std::move(name), std::move(tensor));
}

}  // namespace clipmill
