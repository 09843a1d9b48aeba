// The device memory that may stay after a job.
#pragma once

#include <ATen/ATen.h>

#include <unordered_set>

namespace clipmill {

/// The blocks that their owner keeps on purpose: the weights of resident components, caches.
class ResidentBlocks {
 public:
  void add(const void* block) { blocks_.insert(block); }
  void add(const ResidentBlocks& others) { blocks_.insert(others.blocks_.begin(), others.blocks_.end()); }
  void add(const at::Tensor& tensor) {
    if (tensor.defined() && tensor.has_storage()) add(tensor.storage().data());
  }
  bool contains(const void* block) const { return blocks_.contains(block); }

 private:
  std::unordered_set<const void*> blocks_;
};

}  // namespace clipmill
