#include "train/optimization.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "checkpoint/test_folder.h"
#include "train/schedule.h"
#include "train/training_state.h"

namespace clipmill {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::shared_ptr<Parameters> linear_layer(std::uint64_t seed = 1) {
  auto parameters = std::make_shared<Parameters>();
  parameters->add_new(
      "", {{"weight", {3, 4}}, {"bias", {3}}},
      [](const std::string&, at::Tensor& t, at::Generator& generator) { t.normal_(0, 1, generator); }, seed,
      at::kCPU);
  return parameters;
}

at::Tensor at_index(const Parameters::Named& state, const std::string& name) {
  for (const auto& [key, tensor] : state) {
    if (key == name) return tensor;
  }
  ADD_FAILURE() << "no " << name;
  return {};
}

/// A copy of everything that a step could change.
Parameters::Named copy_of(const Optimization& optimization) {
  Parameters::Named copies;
  for (const auto& [name, tensor] : optimization.state()) copies.emplace_back(name, tensor.clone());
  return copies;
}

bool same_bytes(const Parameters::Named& a, const Parameters::Named& b, const std::string& but = {}) {
  EXPECT_EQ(a.size(), b.size());
  bool same = true;
  for (std::size_t i = 0; i < a.size(); ++i)
    same = same && (a[i].first == but || at::equal(a[i].second, b[i].second));
  return same;
}

/// A linear layer that learns eight fixed examples; some step's loss or gradient may be spoiled.
class OptimizationTest : public testing::Test {
 protected:
  OptimizationTest() {
    recipe_.steps = 20;
    recipe_.warmup = 2;
    recipe_.learning_rate = 0.05;
    recipe_.weight_decay = 0.1;
  }
  Optimization make(std::shared_ptr<Parameters> parameters, Precision precision = Precision::kFp32) const {
    return Optimization(std::move(parameters), recipe_, precision, at::kCPU);
  }
  /// Loss of part `part` of `recipe_.accumulate`, times `factor`.
  at::Tensor loss(const Parameters& p, int part, double factor = 1) const {
    const std::int64_t count = 8 / recipe_.accumulate;
    const at::Tensor x = x_.narrow(0, part * count, count), y = y_.narrow(0, part * count, count);
    const at::Tensor out = at::linear(x, p.tensor("weight"), p.tensor("bias"));
    return factor * (out.to(at::kFloat) - y).square().mean();
  }
  StepResult step(Optimization& optimization, const Parameters& p, int step, double factor = 1) const {
    return optimization.step(recipe_, step, step, [&](int part) { return loss(p, part, factor); });
  }

  OptimizerRecipe recipe_;
  at::Tensor x_ = at::arange(32, at::kFloat).mul_(0.7).sin_().view({8, 4});
  at::Tensor y_ = at::arange(24, at::kFloat).mul_(1.3).cos_().view({8, 3});
};

TEST(AdamW, FollowsTheSequenceOfPyTorch) {
  // Recorded from torch 2.13: AdamW (betas 0.9, 0.99; decay 0.1 of the matrix only) after
  // clip_grad_norm_(1.5).
  struct Recorded {
    double rate, norm;
    std::vector<float> weight, bias;
  };
  const std::vector<Recorded> recorded = {
      {0.1, 4.38178014755249, {0.395000011f, -0.889999986f, 2.07999992f, 0.147500008f}, {0, -0.200000018f}},
      {0.05,
       5.931029319763184,
       {0.35655126f, -0.849076211f, 2.11718297f, 0.0991793424f},
       {-0.0364737622f, -0.152416855f}},
      {0.02,
       10.645331382751465,
       {0.348017842f, -0.839557767f, 2.13241863f, 0.0795109868f},
       {-0.0442940965f, -0.132946849f}},
      {0.01,
       15.876208305358887,
       {0.346495628f, -0.837544024f, 2.14013481f, 0.0695829913f},
       {-0.0454683006f, -0.123098366f}}};
  const std::map<std::string, at::Tensor> begin = {{"w", at::tensor({0.5f, -1.0f, 2.0f, 0.25f}).view({2, 2})},
                                                   {"b", at::tensor({0.1f, -0.3f})}};
  Parameters parameters;
  parameters.add_new(
      "", {{"w", {2, 2}}, {"b", {2}}},
      [&](const std::string& name, at::Tensor& t, at::Generator&) { t.copy_(begin.at(name)); }, 1, at::kCPU);
  AdamW adam(parameters, {.beta1 = 0.9, .beta2 = 0.99, .eps = 1e-8, .weight_decay = 0.1});
  const at::Tensor x = at::tensor({1.0f, -2.0f}), target = at::tensor({1.0f, 2.0f});
  const at::Tensor w = parameters.tensor("w"), b = parameters.tensor("b");
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    adam.zero_grad();
    (w.mv(x) + b - target * static_cast<double>(i + 1)).square().mean().backward();
    EXPECT_NEAR(adam.clip(1.5), recorded[i].norm, 1e-5);
    adam.step(recorded[i].rate);
    EXPECT_TRUE(at::allclose(w.flatten(), at::tensor(recorded[i].weight), 1e-5, 1e-6)) << i << "\n" << w;
    EXPECT_TRUE(at::allclose(b, at::tensor(recorded[i].bias), 1e-5, 1e-6)) << i << "\n" << b;
  }
}

TEST_F(OptimizationTest, PartsOfABatchAddUpToIt) {
  const auto whole = linear_layer(), parts = linear_layer();
  recipe_.accumulate = 1;
  Optimization at_once = make(whole);
  std::vector<StepResult> expected;
  for (int i = 0; i < 5; ++i) expected.push_back(step(at_once, *whole, i));
  recipe_.accumulate = 4;
  Optimization in_parts = make(parts);
  for (int i = 0; i < 5; ++i) {
    const StepResult result = step(in_parts, *parts, i);
    EXPECT_NEAR(result.loss, expected[static_cast<std::size_t>(i)].loss, 1e-6);
    EXPECT_NEAR(result.grad_norm, expected[static_cast<std::size_t>(i)].grad_norm, 1e-5);
  }
  EXPECT_TRUE(at::allclose(parts->tensor("weight"), whole->tensor("weight"), 1e-5, 1e-5));
  EXPECT_LT(expected.back().loss, expected.front().loss);
}

TEST_F(OptimizationTest, ClipsTheGradientAndReportsItsNormBefore) {
  const auto parameters = linear_layer();
  const auto norm_left = [&] {
    return at::cat({parameters->tensor("weight").grad().flatten(), parameters->tensor("bias").grad()})
        .norm()
        .item<double>();
  };
  recipe_.clip_norm = 0;
  Optimization optimization = make(parameters);
  const double norm = step(optimization, *parameters, 0).grad_norm;
  EXPECT_NEAR(norm_left(), norm, 1e-6) << "0: no limit";
  for (const double limit : {2 * norm, norm / 3}) {
    const auto fresh = linear_layer();
    parameters->tensor("weight").detach().copy_(fresh->tensor("weight").detach());
    parameters->tensor("bias").detach().copy_(fresh->tensor("bias").detach());
    recipe_.clip_norm = limit;
    EXPECT_NEAR(step(optimization, *parameters, 0).grad_norm, norm, 1e-5);
    EXPECT_NEAR(norm_left(), std::min(limit, norm), 1e-5);
  }
}

TEST_F(OptimizationTest, WhatIsNotFiniteChangesNothing) {
  const auto parameters = linear_layer();
  Optimization optimization = make(parameters);
  step(optimization, *parameters, 0);
  const Parameters::Named before = copy_of(optimization);
  const StepResult nan = step(optimization, *parameters, 1, std::nan(""));
  EXPECT_TRUE(std::isnan(nan.loss));
  EXPECT_FALSE(nan.skipped) << "fp32 has nothing to shrink: the run has to stop";
  const StepResult gradient = optimization.step(recipe_, 1, 1, [&](int) {  // √ of 0: the loss is finite
    return loss(*parameters, 0) + (0 * parameters->tensor("weight")).square().sum().sqrt();
  });
  EXPECT_TRUE(std::isfinite(gradient.loss));
  EXPECT_FALSE(std::isfinite(gradient.grad_norm));
  EXPECT_FALSE(gradient.skipped);
  EXPECT_TRUE(same_bytes(copy_of(optimization), before));
  step(optimization, *parameters, 1);
  EXPECT_FALSE(same_bytes(copy_of(optimization), before));
}

TEST_F(OptimizationTest, InHalfPrecisionAnOverflowSkipsTheStepAndShrinksTheScale) {
  const auto parameters = linear_layer();
  Optimization optimization = make(parameters, Precision::kFp16);
  EXPECT_FALSE(step(optimization, *parameters, 0).skipped);
  const Parameters::Named before = copy_of(optimization);
  const double scale = at_index(before, "scaler")[0].item<double>();
  const StepResult overflow = step(optimization, *parameters, 1, 1e34);  // times the scale: beyond fp32
  EXPECT_TRUE(std::isfinite(overflow.loss));
  EXPECT_TRUE(overflow.skipped);
  EXPECT_TRUE(same_bytes(copy_of(optimization), before, "scaler"));
  EXPECT_EQ(at_index(optimization.state(), "scaler")[0].item<double>(), scale / 2);
  EXPECT_FALSE(step(optimization, *parameters, 1, kInfinity).skipped)
      << "an infinite loss is no overflow of scaling";
  EXPECT_FALSE(step(optimization, *parameters, 2).skipped);
  EXPECT_FALSE(same_bytes(copy_of(optimization), before, "scaler"));
}

TEST_F(OptimizationTest, GoesOnFromItsStateToTheSameBytes) {
  const TestFolder folder;
  for (const Precision precision : {Precision::kFp32, Precision::kFp16}) {
    const auto first = linear_layer(), second = linear_layer(7);
    Optimization whole = make(first, precision);
    for (int i = 0; i < 4; ++i)
      step(whole, *first, i, i == 2 ? 1e34 : 1);  // fp16: another scale than at first
    save_state(folder / "state.safetensors", {4, whole.state()});
    for (int i = 4; i < 8; ++i) step(whole, *first, i);

    Optimization resumed = make(second, precision);
    const SavedState saved = read_state(folder / "state.safetensors");
    EXPECT_EQ(saved.next_step, 4);
    resumed.load(saved.tensors);
    for (int i = 4; i < 8; ++i) step(resumed, *second, i);
    EXPECT_TRUE(same_bytes(resumed.state(), whole.state()));
  }
}

TEST_F(OptimizationTest, RefusesTheStateOfAnotherModel) {
  Optimization optimization = make(linear_layer());
  Parameters::Named state = copy_of(optimization);
  for (const char* name :
       {"parameters.weight", "average.bias", "optimizer.first.weight", "optimizer.steps.bias"}) {
    Parameters::Named other = state;
    std::erase_if(other, [&](const auto& entry) { return entry.first == name; });
    EXPECT_THROW(optimization.load(other), Error) << name;
    other.emplace_back(name, at::zeros({5, 5}));
    EXPECT_THROW(optimization.load(other), Error) << name;
  }
}

TEST_F(OptimizationTest, TheAverageFollowsByItsAge) {
  const auto parameters = linear_layer();
  recipe_.ema = 0.5;
  Optimization optimization = make(parameters);
  at::Tensor expected = parameters->tensor("weight").detach().clone();
  for (int age = 0; age < 30; ++age) {
    step(optimization, *parameters, age);
    const double decay = std::min(0.5, (1.0 + age) / (10 + age));
    expected = decay * expected + (1 - decay) * parameters->tensor("weight").detach();
    EXPECT_TRUE(at::allclose(optimization.ema().average().tensor("weight"), expected, 1e-5, 1e-6)) << age;
  }
  EXPECT_FALSE(optimization.ema().average().tensor("weight").requires_grad());
  EXPECT_FALSE(
      at::equal(optimization.ema().average().tensor("weight"), parameters->tensor("weight").detach()));
}

TEST(Schedule, WarmsUpThenFollowsACosineToTheFinalRate) {
  OptimizerRecipe recipe;
  recipe.steps = 110, recipe.warmup = 10, recipe.learning_rate = 2, recipe.final_rate = 0.1;
  EXPECT_DOUBLE_EQ(learning_rate(recipe, 0), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate(recipe, 9), 2);
  EXPECT_DOUBLE_EQ(learning_rate(recipe, 10), 2);
  EXPECT_NEAR(learning_rate(recipe, 60), 2 * 0.55, 1e-12) << "halfway between 1 and 0.1";
  EXPECT_NEAR(learning_rate(recipe, 110), 0.2, 1e-12);
  EXPECT_NEAR(learning_rate(recipe, 500), 0.2, 1e-12);
  for (int step = 10; step < 110; ++step)
    EXPECT_GT(learning_rate(recipe, step), learning_rate(recipe, step + 1)) << step;
  recipe.warmup = 0;
  EXPECT_DOUBLE_EQ(learning_rate(recipe, 0), 2);
  recipe.warmup = recipe.steps;
  EXPECT_DOUBLE_EQ(learning_rate(recipe, recipe.steps - 1), 2);
}

TEST(Schedule, YoungAveragesForgetFaster) {
  EXPECT_DOUBLE_EQ(ema_decay(0.99, 0), 0.1);
  EXPECT_DOUBLE_EQ(ema_decay(0.99, 8), 0.5);
  EXPECT_DOUBLE_EQ(ema_decay(0.99, 100'000), 0.99);
  EXPECT_DOUBLE_EQ(ema_decay(0, 5), 0) << "no average: the parameters themselves";
}

}  // namespace
}  // namespace clipmill
