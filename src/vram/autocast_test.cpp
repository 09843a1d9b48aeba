#include "vram/autocast.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include <memory>

#include "base/error.h"

namespace clipmill {
namespace {

at::ScalarType product_type() { return at::matmul(at::ones({2, 2}), at::ones({2, 2})).scalar_type(); }

TEST(Autocast, AppliesInsideTheScopeOnly) {
  {
    const AutocastGuard guard(at::kCPU, at::kBFloat16);
    EXPECT_EQ(product_type(), at::kBFloat16);
    EXPECT_EQ(at::mse_loss(at::ones({2}, at::kBFloat16), at::zeros({2}, at::kBFloat16)).scalar_type(),
              at::kFloat);
  }
  EXPECT_EQ(product_type(), at::kFloat);
}

TEST(Autocast, NestsAndPutsBackWhatItFound) {
  const AutocastGuard outer(at::kCPU, at::kBFloat16, true, /*cache=*/false);
  {
    const AutocastGuard off(at::kCPU, at::kFloat, false);
    EXPECT_EQ(product_type(), at::kFloat);
    EXPECT_TRUE(at::autocast::is_autocast_cache_enabled());
    const AutocastGuard half(at::kCPU, at::kHalf);
    EXPECT_EQ(product_type(), at::kHalf);
    const AutocastGuard other_device(at::kCUDA, at::kBFloat16, false);
    EXPECT_EQ(product_type(), at::kHalf);
  }
  EXPECT_EQ(product_type(), at::kBFloat16);
  EXPECT_FALSE(at::autocast::is_autocast_cache_enabled());
}

TEST(Autocast, PutsBackAfterAnException) {
  try {
    const AutocastGuard guard(at::kCPU, at::kBFloat16);
    throw std::runtime_error("inside");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(product_type(), at::kFloat);
}

TEST(Autocast, CachesCastsOfWeightsUntilTheOutermostScopeEnds) {
  const at::Tensor weight = at::ones({2, 2}).set_requires_grad(true);
  const auto product = [&weight] { return at::matmul(at::ones({2, 2}), weight).sum().item<float>(); };
  auto outer = std::make_unique<AutocastGuard>(at::kCPU, at::kBFloat16);
  product();
  weight.detach().fill_(3);
  EXPECT_EQ(product(), 8);  // the cast made before
  { const AutocastGuard inner(at::kCPU, at::kBFloat16); }
  EXPECT_EQ(product(), 8);
  outer.reset();
  const AutocastGuard again(at::kCPU, at::kBFloat16);
  EXPECT_EQ(product(), 24);
}

TEST(Autocast, RefusesOtherTypes) {
  EXPECT_THROW(AutocastGuard(at::kCPU, at::kFloat), Error);
  EXPECT_EQ(product_type(), at::kFloat);
}

}  // namespace
}  // namespace clipmill
