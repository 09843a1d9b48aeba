#include "model/vae/strips.h"

#include <algorithm>

namespace clipmill {

at::Tensor Halo::trim(const at::Tensor& x, std::int64_t kept) {
  const Halo left{std::min(above, kept), std::min(below, kept)};
  const std::int64_t first = above - left.above, rows = x.size(3) - first - (below - left.below);
  *this = left;
  return x.narrow(3, first, rows);
}

std::vector<Strip> split_rows(std::int64_t rows, std::int64_t strips, std::int64_t halo) {
  strips = std::clamp<std::int64_t>(strips, 1, std::max<std::int64_t>(1, rows / 2));
  const auto begin = [&](std::int64_t i) { return i == strips ? rows : rows * i / strips / 2 * 2; };
  std::vector<Strip> all;
  for (std::int64_t i = 0; i < strips; ++i) {
    const std::int64_t first = begin(i), end = begin(i + 1);
    all.push_back({first, end - first, {std::min(halo, first), std::min(halo, rows - end)}});
  }
  return all;
}

}  // namespace clipmill
