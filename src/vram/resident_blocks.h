// The device memory that may stay after a job.
#pragma once

#include <ATen/ATen.h>

#include <unordered_set>

namespace clipmill {

/// The blocks of tensors that their owner keeps on purpose: the weights of resident components, caches.
class ResidentBlocks {
 public:
  void add(const at::Tensor& tensor) {
    if (tensor.defined() && tensor.has_storage()) blocks_.insert(tensor.storage().data());
  }
  bool contains(const void* block) const { return blocks_.contains(block); }

 private:
  std::unordered_set<const void*> blocks_;
};

}  // namespace clipmill
