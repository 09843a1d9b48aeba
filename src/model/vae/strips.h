// Maps cut into strips of rows.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace clipmill {

/// Rows above and below a strip's own that are there because its convolutions look at them. Each convolution
/// of three rows makes the outermost of them wrong, except at the picture's border, where zeros belong.
struct Halo {
  std::int64_t above = 0, below = 0;

  bool operator==(const Halo&) const = default;

  /// x [B,C,T,H,W] without all but the nearest `kept` rows of its halo; this then describes the result.
  at::Tensor trim(const at::Tensor& x, std::int64_t kept);
};

/// Its own rows, and the halo's.
struct Strip {
  std::int64_t first = 0, rows = 0;
  Halo halo;

  bool operator==(const Strip&) const = default;
};

/// `rows` rows in as equal parts as even first rows allow, with `halo` rows around each where the map has
/// them. Never more parts than pairs of rows, and at least one.
std::vector<Strip> split_rows(std::int64_t rows, std::int64_t strips, std::int64_t halo);

}  // namespace clipmill
