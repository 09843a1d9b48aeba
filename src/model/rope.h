// Rotary position embedding over (time, height, width).
#pragma once

#include <ATen/ATen.h>

#include <array>
#include <cstdint>

namespace clipmill {

/// Positions of a T×H×W grid of patches, each axis with its own share of the head's dimensions and its own
/// frequencies θ^(−2j/dim), θ = 10000, computed in fp64.
class Rope {
 public:
  Rope(int head_dim, std::array<std::int64_t, 3> grid, at::Device device);

  /// Rotates interleaved pairs: x [B,L,H,d] → the same shape and type, computed in fp32.
  at::Tensor operator()(const at::Tensor& x) const;

  /// The same in place: x [B,l,H,d] in fp32, whose first token is token `first` of the clip.
  void rotate(const at::Tensor& x, std::int64_t first) const;

  /// cos + i·sin of every angle, complex64 [1, L, 1, d/2].
  const at::Tensor& rotation() const { return rotation_; }

 private:
  at::Tensor rotation_;
};

}  // namespace clipmill
