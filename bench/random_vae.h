// A VAE's weights without a checkpoint.
#pragma once

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <map>

#include "base/error.h"
#include "checkpoint/layout.h"
#include "model/weights.h"

namespace clipmill {

/// Random values that keep the size of what passes through; the same for each name at each call.
class RandomVae : public WeightStore {
 public:
  RandomVae(const VaeConfig& config, at::Device device) : device_(device) {
    for (TensorSpec& spec : vae_layout(config)) {
      const std::uint64_t seed = shapes_.size();
      shapes_.try_emplace(spec.name, seed, std::move(spec.shape));
    }
  }

  at::Tensor tensor(const std::string& name) const override {
    const auto found = shapes_.find(name);
    if (found == shapes_.end()) throw input_error("{}: no such tensor in this VAE", name);
    const auto& [seed, shape] = found->second;
    if (name.ends_with("gamma")) return at::ones(shape).to(device_);
    const auto fan_in =
        static_cast<double>(shape.size() > 1 ? c10::multiply_integers(shape) / shape[0] : 100);
    const at::Tensor values = at::randn(shape, at::detail::createCPUGenerator(seed));
    return (values / std::sqrt(fan_in)).to(device_);
  }
  bool has(const std::string& name) const override { return shapes_.contains(name); }

 private:
  at::Device device_;
  std::map<std::string, std::pair<std::uint64_t, std::vector<std::int64_t>>> shapes_;
};

}  // namespace clipmill
