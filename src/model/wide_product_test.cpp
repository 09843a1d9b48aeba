#include "model/wide_product.h"

#include <ATen/Version.h>
#include <gtest/gtest.h>

#include "base/half_units.h"
#include "model/golden.h"
#include "model/layers.h"
#include "vram/autocast.h"

namespace clipmill {
namespace {

struct Outcome {
  at::Tensor y, input_gradient, weight_gradient;
};

/// y = f(x, weight) and the gradients of its sum, the forward pass under `guard`'s autocast.
template <typename F>
Outcome run(const F& f, const at::Tensor& x, const at::Tensor& weight, bool autocast) {
  const at::Tensor leaf = x.clone().set_requires_grad(true), w = weight.clone().set_requires_grad(true);
  at::Tensor y;
  {
    const AutocastGuard guard(at::kCPU, at::kBFloat16, autocast);
    y = f(leaf, w);
  }
  y.to(at::kFloat).square().sum().backward();
  return {y, leaf.grad(), w.grad()};
}

void expect_close(const Outcome& half, const Outcome& exact) {
  EXPECT_EQ(half.y.scalar_type(), at::kBFloat16);
  EXPECT_LT(relative_l2(half.y, exact.y), 0.01);
  EXPECT_LT(relative_l2(half.input_gradient, exact.input_gradient), 0.02);
  EXPECT_LT(relative_l2(half.weight_gradient, exact.weight_gradient), 0.02);
}

const Product kLinear = [](const Tensors& in) { return at::linear(in[0], in[1]); };

/// The room that reckons memory asks the same question, and knows no torch.
TEST(WideProduct, HalfUnitsAreThereWhereTorchHasThem) {
  EXPECT_EQ(has_half_units(), at::get_cpu_capability() == "AVX512");
}

TEST(WideProduct, IsTheProductRoundedToAutocastsType) {
  const at::Tensor x = at::randn({3, 5, 16}), w = at::randn({8, 16});
  const auto wide = [](const at::Tensor& a, const at::Tensor& b) { return wide_product(kLinear, {a, b}); };
  const auto plain = [](const at::Tensor& a, const at::Tensor& b) { return at::linear(a, b); };
  const Outcome half = run(wide, x, w, true);
  expect_close(half, run(plain, x, w, false));
  EXPECT_TRUE(at::equal(
      half.y,
      at::linear(x.to(at::kBFloat16).to(at::kFloat), w.to(at::kBFloat16).to(at::kFloat)).to(at::kBFloat16)));
}

TEST(WideProduct, LayersUnderAutocastStayCloseToFp32) {
  const at::Tensor x = at::randn({2, 6, 2, 8}), w = at::randn({2, 4, 2, 8});
  const auto mixed = [](const at::Tensor& q, const at::Tensor& kv) { return attention(q, kv, kv); };
  expect_close(run(mixed, x, w, true), run(mixed, x, w, false));
  const auto linear = [](const at::Tensor& a, const at::Tensor& b) {
    Linear layer;
    layer.weight = b.flatten(0, 2);
    return layer(a);
  };
  expect_close(run(linear, x, w, true), run(linear, x, w, false));
}

}  // namespace
}  // namespace clipmill
