#include "model/gelu.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

struct WithGradient {
  at::Tensor y, gradient;
};

template <typename F>
WithGradient run(const F& f, const at::Tensor& x, const at::Tensor& weight) {
  at::Tensor leaf = x.clone().set_requires_grad(true);
  const at::Tensor y = f(leaf);
  (y * weight).sum().backward();
  return {y.detach(), leaf.grad()};
}

TEST(Gelu, IsTorchsToRoundingWithItsGradient) {
  // All of the range where it is neither 0 nor x, and far outside of it.
  const at::Tensor x =
      at::cat({at::linspace(-12, 12, 24001), at::tensor({-1e30, -1e4, 1e4, 1e30, 0.0})}).to(at::kFloat);
  const at::Tensor weight = at::linspace(0.5, 2, x.numel());
  const WithGradient ours = run(gelu_tanh, x, weight);
  const WithGradient exact =
      run([](const at::Tensor& t) { return at::gelu(t.to(at::kDouble), "tanh").to(at::kFloat); }, x, weight);
  const at::Tensor inside = x.abs() < 100;
  EXPECT_TRUE(at::allclose(ours.y, exact.y, 1e-6, 1e-6));
  EXPECT_TRUE(at::allclose(ours.gradient.index({inside}), exact.gradient.index({inside}), 2e-6, 2e-6));
}

TEST(Gelu, IsTorchsToTheBitWithoutGradients) {
  const at::Tensor x = at::randn({1000});
  EXPECT_TRUE(at::equal(gelu_tanh(x), at::gelu(x, "tanh")));
}

TEST(Gelu, RefusesGradientsOfGradients) {
  const at::Tensor x = at::randn({10}).set_requires_grad(true);
  const at::Tensor sum = gelu_tanh(x).sum();
  EXPECT_THROW(sum.backward({}, /*retain_graph=*/true, /*create_graph=*/true), c10::Error);
}

}  // namespace
}  // namespace clipmill
