// Tensors that wait in host memory.
#pragma once

#include <ATen/ATen.h>

namespace clipmill {

/// A copy of a map [B,C,T,H,W] in host memory that no device's budget counts: cpu:N's allocator does not see
/// it, and beside a CUDA device it is pinned (which was not tried yet). Rows of it (H) come and go on their
/// own. It keeps its memory from map to map of the same size.
class Parked {
 public:
  bool defined() const { return host_.defined(); }
  std::int64_t rows() const { return host_.size(3); }

  /// The whole map.
  void store(const at::Tensor& map);
  at::Tensor load(at::Device device) const;

  /// `part` becomes the rows from `first` on, of `rows` in all. The others are what they were, or undefined
  /// where the map changed its size.
  void store_rows(const at::Tensor& part, std::int64_t first, std::int64_t rows);
  at::Tensor load_rows(std::int64_t first, std::int64_t count, at::Device device) const;

 private:
  at::Tensor host_;  // memory in the order B, T, H, W, C: rows of a frame lie together
};

}  // namespace clipmill
