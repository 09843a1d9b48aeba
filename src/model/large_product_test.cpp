#include "model/large_product.h"

#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "model/golden.h"

namespace clipmill {
namespace {

TEST(LargeProduct, IsAtLinearToRounding) {
  const c10::NoGradGuard no_grad;
  if (!at::hasMKLDNN()) GTEST_SKIP() << "this torch has no oneDNN";
  const at::Tensor weight = at::randn({1024, 1100}), bias = at::randn({1024});
  const at::Tensor x = at::randn({2, 1200, 1100});
  for (const at::Tensor& rows : {x, x.narrow(1, 100, 600), x.narrow(1, 0, 1199), x.narrow(0, 1, 1)}) {
    ASSERT_TRUE(is_large_product(rows, weight));
    for (const at::Tensor& b : {bias, at::Tensor()}) {
      const at::Tensor y = large_linear(rows, weight, b);
      EXPECT_EQ(y.sizes(), at::linear(rows, weight).sizes());
      EXPECT_LE(relative_l2(y, at::linear(rows, weight, b)), 1e-6);
    }
  }
}

TEST(LargeProduct, IsForLargeFp32WithoutGradients) {
  const at::Tensor weight = at::empty({1024, 1100}), x = at::empty({1200, 1100});
  EXPECT_FALSE(is_large_product(x, weight)) << "gradients are wanted";
  const c10::NoGradGuard no_grad;
  EXPECT_FALSE(is_large_product(x.to(at::kBFloat16), weight.to(at::kBFloat16)));
  EXPECT_FALSE(is_large_product(x.narrow(0, 0, 200), weight));
  EXPECT_FALSE(is_large_product(at::empty({1200, 64}), at::empty({64, 64})));
}

}  // namespace
}  // namespace clipmill
