#include "model/vae/winograd.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "model/golden.h"

namespace clipmill {
namespace {

struct Problem {
  std::int64_t ci = 4 * *rc::gen::inRange(1, 6), co = *rc::gen::inRange(1, 20);
  std::int64_t frames = *rc::gen::inRange(1, 5), rows = *rc::gen::inRange(1, 12),
               columns = *rc::gen::inRange(1, 12);
};

at::Tensor clip(const Problem& p, std::int64_t frames) {
  return at::randn({1, p.ci, frames, p.rows, p.columns});
}

/// Of each value, relative to what a sum of so many random products is: a single one may be near zero.
double error(const at::Tensor& actual, const at::Tensor& expected, std::int64_t products) {
  const double size = std::sqrt(static_cast<double>(products * expected.numel()));
  return (actual.to(at::kDouble) - expected).norm().item<double>() / size;
}

RC_GTEST_PROP(Winograd, IsTheConvolution, ()) {
  const c10::NoGradGuard no_grad;
  const Problem p;
  const auto known = *rc::gen::inRange<std::int64_t>(0, 3);
  const at::Tensor weight = at::randn({p.co, p.ci, 3, 3, 3}), bias = at::randn({p.co}), x = clip(p, p.frames);
  const at::Tensor before = known > 0 ? clip(p, known) : at::Tensor();
  const at::Tensor seen = known > 0 ? at::cat({before, x}, 2) : x;
  const at::Tensor padded = at::constant_pad_nd(seen, {0, 0, 0, 0, 2 - known, 0});
  const at::Tensor expected = at::conv3d(padded.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble),
                                         1, at::IntArrayRef({0, 1, 1}));
  RC_ASSERT(error(Winograd(weight, bias)(before, x), expected, 27 * p.ci) < 1e-6);
}

RC_GTEST_PROP(Winograd, OfADoubledMap, ()) {
  const c10::NoGradGuard no_grad;
  const Problem p;
  const at::Tensor weight = at::randn({p.co, p.ci, 3, 3}), bias = at::randn({p.co}), x = clip(p, p.frames);
  const at::Tensor doubled = x.repeat_interleave(2, 3).repeat_interleave(2, 4);
  const at::Tensor expected = at::conv3d(doubled.to(at::kDouble), weight.unsqueeze(2).to(at::kDouble),
                                         bias.to(at::kDouble), 1, at::IntArrayRef({0, 1, 1}));
  RC_ASSERT(error(Winograd(weight, bias).of_doubled(x), expected, 9 * p.ci) < 1e-6);
}

TEST(Winograd, TakesRowsOfALargerMap) {
  const c10::NoGradGuard no_grad;
  const Winograd conv(at::randn({4, 8, 3, 3, 3}), at::randn({4}));
  const at::Tensor map = at::randn({1, 8, 2, 9, 5}).contiguous(at::MemoryFormat::ChannelsLast3d);
  const at::Tensor rows = map.narrow(3, 2, 5);
  EXPECT_TRUE(at::equal(conv({}, rows), conv({}, rows.contiguous())));
}

/// Blocks of tiles and of output channels, which small maps do not fill.
TEST(Winograd, OfManyTilesAndChannels) {
  const c10::NoGradGuard no_grad;
  const at::Tensor weight = at::randn({256, 512, 3, 3, 3}), bias = at::randn({256}),
                   x = at::randn({1, 512, 2, 41, 42});
  const at::Tensor padded = at::constant_pad_nd(x, {0, 0, 0, 0, 2, 0});
  EXPECT_LE(relative_l2(Winograd(weight, bias)({}, x),
                        at::conv3d(padded, weight, bias, 1, at::IntArrayRef({0, 1, 1}))),
            2e-6);
}

TEST(Winograd, LeavesWeightsThatOthersHold) {
  const at::Tensor weight = at::randn({4, 8, 3, 3, 3});
  EXPECT_TRUE(Winograd::takes(weight));
  const at::Tensor view = weight.detach();
  EXPECT_FALSE(Winograd::takes(weight));
  EXPECT_FALSE(Winograd::takes(at::randn({8, 3, 3, 3, 3})));
  EXPECT_FALSE(Winograd::takes(at::randn({4, 8, 3, 1, 1})));
  EXPECT_TRUE(at::equal(Winograd(weight, at::zeros({4})).weight(), weight));
}

}  // namespace
}  // namespace clipmill
