// For tests of this room.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace clipmill {

inline constexpr std::int64_t kMiB = std::int64_t{1} << 20;

/// A leaf of the graph, of normal random numbers · `scale`.
inline at::Tensor parameter(at::IntArrayRef shape, double scale = 0.1) {
  return (at::randn(shape) * scale).set_requires_grad(true);
}

}  // namespace clipmill
