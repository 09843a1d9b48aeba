// For tests: golden data made by Diffusers (tests/golden/README.md), and how far a tensor is from it.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>

#include "base/error.h"
#include "model/tensor_io.h"

namespace clipmill {

inline std::filesystem::path golden_folder() {
  return std::filesystem::path(CLIPMILL_SOURCE_DIR) / "tests/golden";
}

/// One golden file, tensors by key.
class Golden {
 public:
  explicit Golden(const std::filesystem::path& below) : file_(golden_folder() / below) {}

  at::Tensor operator[](const std::string& key) const {
    const TensorInfo* info = file_.find(key);
    if (!info) throw input_error("{} has no {}", file_.path().string(), key);
    return mapped_tensor(file_, *info);
  }
  bool has(const std::string& key) const { return file_.find(key) != nullptr; }

 private:
  SafetensorsFile file_;
};

/// ‖a − b‖₂ / ‖b‖₂ in fp64; infinite where the shapes differ.
inline double relative_l2(const at::Tensor& actual, const at::Tensor& expected) {
  if (actual.sizes() != expected.sizes()) return std::numeric_limits<double>::infinity();
  const at::Tensor a = actual.to(at::kDouble), b = expected.to(at::kDouble);
  return (a - b).norm().item<double>() / std::max(b.norm().item<double>(), 1e-30);
}

/// What the project promises of each module in fp32.
inline constexpr double kModuleTolerance = 1e-5;

}  // namespace clipmill
