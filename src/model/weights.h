// Tensors of one component, by name, on the device and in the type they are computed in.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <string_view>

#include "checkpoint/tensor_source.h"

namespace clipmill {

/// The type a tensor is computed in, from its full name: parts of a half-precision model stay fp32.
using DtypeRule = std::function<at::ScalarType(std::string_view name)>;

/// A view into a component's weights, narrowed scope by scope as modules read theirs.
class Weights {
 public:
  Weights(const TensorSource& source, at::Device device, DtypeRule dtype)
      : source_(&source), device_(device), dtype_(std::move(dtype)) {}

  /// The weights below `name`: Weights(…)["blocks.0"]["attn1"].tensor("to_q.weight").
  Weights operator[](std::string_view name) const;

  /// A copy of the tensor on the device. Throws Error(kInput) when it is missing.
  at::Tensor tensor(std::string_view name) const;
  bool has(std::string_view name) const;

 private:
  const TensorSource* source_;
  at::Device device_;
  DtypeRule dtype_;
  std::string scope_;
};

}  // namespace clipmill
