#include "model/weights.h"

#include "model/tensor_io.h"

namespace clipmill {

at::Tensor CheckpointWeights::tensor(const std::string& name) const {
  const auto [file, info] = source_.at(name);
  // A copy also on the CPU: the budget counts what kernels touch, and mapped pages are not in it.
  at::Tensor copy =
      mapped_tensor(*file, *info).to(device_, dtype_(name), /*non_blocking=*/false, /*copy=*/true);
  file->forget(*info);
  return copy;
}

bool CheckpointWeights::has(const std::string& name) const { return source_.find(name).info != nullptr; }

Weights Weights::operator[](std::string_view name) const {
  Weights narrowed = *this;
  narrowed.scope_ = scope_ + std::string(name) + ".";
  return narrowed;
}

std::vector<LowRank> Weights::low_rank() const {
  return scope_.empty() ? std::vector<LowRank>() : store_->low_rank(layer());
}

bool Weights::in_8_bits() const { return store_->in_8_bits(layer()); }

}  // namespace clipmill
