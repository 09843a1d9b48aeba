#include "model/int8_linear.h"

#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "model/golden.h"

namespace clipmill {
namespace {

/// Half a step of the row's 127 is the most that a weight may be off.
TEST(Int8Linear, WeightsAreOffByHalfAStep) {
  at::Tensor weight = at::randn({300, 70}) * at::logspace(-6, 3, 300).unsqueeze(1);
  weight[17].zero_();
  const Int8Weight kept(weight);
  EXPECT_EQ(kept.values.scalar_type(), at::kChar);
  const at::Tensor off = (kept.values.to(at::kFloat) * kept.scale.unsqueeze(1) - weight).abs();
  EXPECT_TRUE((off <= 0.501 * kept.scale.unsqueeze(1)).all().item<bool>());
  EXPECT_TRUE(kept.values[17].eq(0).all().item<bool>());
}

TEST(Int8Linear, IsTheProductWithTheKeptWeights) {
  const c10::NoGradGuard no_grad;
  const at::Tensor weight = at::randn({600, 96}), bias = at::randn({600});
  const Int8Weight kept(weight);
  const at::Tensor rounded = kept.values.to(at::kFloat) * kept.scale.unsqueeze(1);
  for (const auto& [type, tolerance] : {std::pair{at::kFloat, 1e-6}, std::pair{at::kBFloat16, 3e-3}}) {
    const at::Tensor x = at::randn({2, 50, 96}).to(type);
    for (const at::Tensor& b : {bias, at::Tensor()}) {
      const at::Tensor y = int8_linear(x, kept, b.defined() ? b.to(type) : b);
      ASSERT_EQ(y.scalar_type(), type);
      EXPECT_LE(relative_l2(y, at::linear(x.to(at::kFloat), rounded, b)), tolerance);
    }
    EXPECT_LE(relative_l2(int8_linear(x, kept, {}), at::linear(x.to(at::kFloat), weight)), 1e-2);
  }
}

}  // namespace
}  // namespace clipmill
