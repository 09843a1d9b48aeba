#include "model/weights.h"

#include "model/tensor_io.h"

namespace clipmill {

Weights Weights::operator[](std::string_view name) const {
  Weights narrowed = *this;
  narrowed.scope_ = scope_ + std::string(name) + ".";
  return narrowed;
}

at::Tensor Weights::tensor(std::string_view name) const {
  const std::string full = scope_ + std::string(name);
  const auto [file, info] = source_->at(full);
  // A copy also on the CPU: the budget counts what kernels touch, and mapped pages are not in it.
  return mapped_tensor(*file, *info).to(device_, dtype_(full), /*non_blocking=*/false, /*copy=*/true);
}

bool Weights::has(std::string_view name) const {
  return source_->find(scope_ + std::string(name)).info != nullptr;
}

}  // namespace clipmill
