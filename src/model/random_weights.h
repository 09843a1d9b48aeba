// For tests and measurements: a component's weights as random numbers, in host memory as a mapped file would
// be.
#pragma once

#include <ATen/CPUGeneratorImpl.h>

#include <map>

#include "base/error.h"
#include "checkpoint/layout.h"
#include "model/weights.h"

namespace clipmill {

/// Norm weights are near 1, everything else is normal with the deviation 1/√(inputs): the same for a seed.
/// What tensor() gives is a copy, in the type of `dtype`.
class RandomWeights : public WeightStore {
 public:
  RandomWeights(const std::vector<TensorSpec>& layout, DtypeRule dtype, std::uint64_t seed = 1)
      : dtype_(std::move(dtype)) {
    auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    for (const TensorSpec& spec : layout) {
      at::Tensor t = at::randn(spec.shape, generator, at::TensorOptions(at::kFloat));
      const bool norm =
          spec.name.ends_with("gamma") || (spec.shape.size() == 1 && spec.name.ends_with(".weight"));
      t = norm ? t.mul_(0.1).add_(1) : t.mul_(1 / std::sqrt(inputs(spec.shape)));
      host_.emplace(spec.name, t);
    }
  }

  at::Tensor tensor(const std::string& name) const override {
    const auto found = host_.find(name);
    if (found == host_.end()) throw input_error("there is no {}", name);
    return found->second.to(dtype_(name), /*non_blocking=*/false, /*copy=*/true);
  }
  bool has(const std::string& name) const override { return host_.contains(name); }
  const std::map<std::string, at::Tensor>& host() const { return host_; }

 private:
  /// Of a value of the result: a convolution's are those of all its taps.
  static double inputs(const std::vector<std::int64_t>& shape) {
    const bool convolution = shape.size() >= 4;
    return static_cast<double>(convolution ? c10::multiply_integers(shape) / shape[0] : shape.back());
  }

  DtypeRule dtype_;
  std::map<std::string, at::Tensor> host_;
};

}  // namespace clipmill
