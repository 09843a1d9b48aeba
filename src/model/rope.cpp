#include "model/rope.h"

#include "model/slices.h"

namespace clipmill {
namespace {

constexpr double kTheta = 10000.0;

/// [positions, dim/2] in fp64.
at::Tensor angles(std::int64_t positions, std::int64_t dim) {
  const auto exponents = at::arange(0, dim, 2, at::kDouble) / static_cast<double>(dim);
  const auto frequencies = at::pow(at::Scalar(kTheta), exponents).reciprocal();
  return at::outer(at::arange(positions, at::kDouble), frequencies);
}

}  // namespace

Rope::Rope(int head_dim, std::array<std::int64_t, 3> grid, at::Device device) {
  const auto [t, h, w] = grid;
  const std::int64_t spatial = 2 * (head_dim / 6);
  const std::int64_t temporal = head_dim - 2 * spatial;
  const auto angle = at::cat({angles(t, temporal).view({t, 1, 1, -1}).expand({t, h, w, -1}),
                              angles(h, spatial).view({1, h, 1, -1}).expand({t, h, w, -1}),
                              angles(w, spatial).view({1, 1, w, -1}).expand({t, h, w, -1})},
                             -1)
                         .reshape({1, t * h * w, 1, head_dim / 2});
  rotation_ = at::complex(angle.cos().to(at::kFloat), angle.sin().to(at::kFloat)).to(device);
}

at::Tensor Rope::operator()(const at::Tensor& x) const {
  const auto pairs = at::view_as_complex(x.to(at::kFloat).unflatten(-1, {-1, 2}));
  return at::view_as_real(pairs * rotation_).flatten(-2).to(x.scalar_type());
}

void Rope::rotate(const at::Tensor& x, std::int64_t first) const {
  at::view_as_complex(x.unflatten(-1, {-1, 2})).mul_(tokens_of(rotation_, first, x.size(1)));
}

}  // namespace clipmill
