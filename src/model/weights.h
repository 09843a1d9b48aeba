// Tensors of one component, by name, on the device and in the type they are computed in.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/tensor_source.h"

namespace clipmill {

/// A low-rank addition to a linear layer: y += scale · (x Aᵀ) Bᵀ, with A [r, in] and B [out, r].
struct LowRank {
  at::Tensor a, b;
  double scale = 1;
};

/// Where a component's tensors come from: a checkpoint, the parameters of a training run.
class WeightStore {
 public:
  virtual ~WeightStore() = default;
  /// Throws Error(kInput) when it is missing.
  virtual at::Tensor tensor(const std::string& name) const = 0;
  virtual bool has(const std::string& name) const = 0;
  /// What is added to the linear layer `name` without touching its weight.
  virtual std::vector<LowRank> low_rank(const std::string& /*name*/) const { return {}; }
  /// Whether the linear layer `name` is to keep its weight in 8 bits a value.
  virtual bool in_8_bits(const std::string& /*name*/) const { return false; }
};

/// The type a tensor is computed in, from its full name: parts of a half-precision model stay fp32.
using DtypeRule = std::function<at::ScalarType(std::string_view name)>;

/// Copies of a checkpoint's tensors on `device`. `source` must outlive it.
class CheckpointWeights : public WeightStore {
 public:
  CheckpointWeights(const TensorSource& source, at::Device device, DtypeRule dtype)
      : source_(source), device_(device), dtype_(std::move(dtype)) {}

  at::Tensor tensor(const std::string& name) const override;
  bool has(const std::string& name) const override;

 private:
  const TensorSource& source_;
  at::Device device_;
  DtypeRule dtype_;
};

/// Another store's, with the linear layers below `prefix` in 8 bits a value.
class Int8Store : public WeightStore {
 public:
  Int8Store(std::shared_ptr<const WeightStore> whole, std::string prefix)
      : whole_(std::move(whole)), prefix_(std::move(prefix)) {}

  at::Tensor tensor(const std::string& name) const override { return whole_->tensor(name); }
  bool has(const std::string& name) const override { return whole_->has(name); }
  std::vector<LowRank> low_rank(const std::string& name) const override { return whole_->low_rank(name); }
  bool in_8_bits(const std::string& name) const override { return name.starts_with(prefix_); }

 private:
  std::shared_ptr<const WeightStore> whole_;
  std::string prefix_;
};

/// A view into a store, narrowed scope by scope as modules read theirs.
class Weights {
 public:
  explicit Weights(std::shared_ptr<const WeightStore> store) : store_(std::move(store)) {}

  /// The weights below `name`: Weights(…)["blocks.0"]["attn1"].tensor("to_q.weight").
  Weights operator[](std::string_view name) const;

  /// Throws Error(kInput) when it is missing.
  at::Tensor tensor(std::string_view name) const { return store_->tensor(scope_ + std::string(name)); }
  bool has(std::string_view name) const { return store_->has(scope_ + std::string(name)); }
  /// Of the linear layer that this scope is.
  std::vector<LowRank> low_rank() const;
  bool in_8_bits() const;

 private:
  /// Its name; empty: it is the whole component.
  std::string layer() const { return scope_.substr(0, scope_.empty() ? 0 : scope_.size() - 1); }

  std::shared_ptr<const WeightStore> store_;
  std::string scope_;
};

}  // namespace clipmill
