#include "vram/grad_scaler.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace clipmill {
namespace {

using nlohmann::json;
using Tensors = std::vector<at::Tensor>;

/// A parameter whose gradient is `gradient`.
at::Tensor with_gradient(const at::Tensor& gradient) {
  at::Tensor parameter = at::zeros_like(gradient).set_requires_grad(true);
  parameter.mutable_grad() = gradient.clone();
  return parameter;
}

at::Tensor numbers(const json& texts) {
  std::vector<float> values;
  for (const json& text : texts) values.push_back(std::strtof(text.get<std::string>().c_str(), nullptr));
  return at::tensor(values);
}

/// Equal to rounding; infinite and NaN in the same places.
void expect_close(const at::Tensor& expected, const at::Tensor& got) {
  EXPECT_TRUE(at::allclose(got, expected, 1e-6, 1e-30, /*equal_nan=*/true))
      << "expected " << expected << " got " << got;
}

/// One recorded run: the same steps with clipmill's scaler, plain gradient descent, gradients clipped by
/// value.
class Replay {
 public:
  Replay(const json& run, double learning_rate)
      : run_(run), learning_rate_(learning_rate), scaler_(options()) {
    const std::size_t optimizers = run["steps"][0]["coefficients"].size();
    for (std::size_t i = 0; i < optimizers; ++i) {
      weights_.push_back(at::full({3}, 0.5 + static_cast<double>(i)).set_requires_grad(true));
    }
  }

  void check() {
    for (const json& step : run_["steps"]) {
      if (step["reload"]) reload();
      backward(step);
      for (std::size_t i = 0; i < weights_.size(); ++i) optimize(step, static_cast<int>(i));
      update(step);
      EXPECT_EQ(scaler_.state().scale, step["scale"].get<double>());
      EXPECT_EQ(scaler_.state().growth_tracker, step["growth_tracker"].get<std::int64_t>());
    }
  }

 private:
  GradScalerOptions options() const {
    const json& options = run_["options"];
    return {options["initial_scale"], options["growth_factor"], options["backoff_factor"],
            options["growth_interval"]};
  }
  void reload() {
    const GradScalerState state = scaler_.state();
    scaler_ = GradScaler();
    scaler_.load(state);
  }
  void backward(const json& step) {
    for (at::Tensor& weight : weights_) weight.mutable_grad().reset();
    for (int pass = 0; pass < step["passes"].get<int>(); ++pass) {
      at::Tensor loss = at::zeros({});
      for (std::size_t i = 0; i < weights_.size(); ++i) {
        loss = loss + (weights_[i] * numbers(step["coefficients"][i])).sum();
      }
      scaler_.scale(loss).backward();
    }
  }
  void optimize(const json& step, int i) {
    at::Tensor& weight = weights_[i];
    if (step["unscale"][i]) {
      scaler_.unscale({weight}, i);
      expect_close(numbers(step["unscaled"][i]), weight.grad());
      weight.mutable_grad().clamp_(-1.5, 1.5);
    }
    const auto descend = [&] { weight.detach().add_(weight.grad(), -learning_rate_); };
    EXPECT_EQ(scaler_.step({weight}, descend, i), step["stepped"][i].get<bool>());
    expect_close(numbers(step["weights"][i]), weight.detach());
  }
  void update(const json& step) {
    const double scale = step["set_scale"];
    if (scale > 0) {
      scaler_.update(scale);
    } else {
      scaler_.update();
    }
  }

  const json& run_;
  double learning_rate_;
  GradScaler scaler_;
  Tensors weights_;
};

TEST(GradScaler, DoesWhatPythonsDid) {
  const json recorded = json::parse(std::ifstream(CLIPMILL_SOURCE_DIR "/src/vram/testdata/grad_scaler.json"));
  int number = 0;
  for (const json& run : recorded["runs"]) {
    SCOPED_TRACE(number++);
    Replay(run, recorded["learning_rate"]).check();
  }
  EXPECT_GE(number, 10);
}

TEST(GradScaler, StepsAreSkippedForGradientsOfAnyTypeAndPlace) {
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    GradScaler scaler;
    const at::Tensor good = with_gradient(at::ones({5}, at::kBFloat16));
    const at::Tensor overflown =
        with_gradient(at::ones({3, 3}).index_put_({at::tensor({1})}, at::full({}, bad)));
    EXPECT_FALSE(scaler.step({good, at::zeros({2}), overflown}, [] { FAIL() << "stepped"; }));
    scaler.update();
    EXPECT_EQ(scaler.scale(), 32768);
  }
}

TEST(GradScaler, SwitchedOffChangesNothing) {
  GradScaler scaler({.enabled = false});
  const at::Tensor weight = with_gradient(at::full({2}, std::nanf("")));
  EXPECT_EQ(scaler.scale(at::ones({})).item<double>(), 1);
  scaler.unscale({weight});
  scaler.unscale({weight});
  EXPECT_TRUE(scaler.step({weight}, [] {}));
  EXPECT_NO_THROW(scaler.update());
}

TEST(GradScaler, RefusesCallsOutOfOrder) {
  GradScaler scaler;
  EXPECT_THROW(scaler.update(), Error);
  const at::Tensor weight = with_gradient(at::ones({2}));
  EXPECT_THROW(scaler.step({at::zeros({2})}, [] {}), Error);  // no gradient
  scaler = GradScaler();
  scaler.unscale({weight});
  EXPECT_THROW(scaler.unscale({weight}), Error);
  scaler.step({weight}, [] {});
  EXPECT_THROW(scaler.step({weight}, [] {}), Error);
  EXPECT_THROW(scaler.unscale({weight}), Error);
  EXPECT_NO_THROW(scaler.unscale({weight}, /*optimizer=*/1));
  scaler.update();
  EXPECT_NO_THROW(scaler.unscale({weight}));
}

TEST(GradScaler, RefusesBadOptionsAndHalfPrecisionWeights) {
  EXPECT_THROW(GradScaler({.initial_scale = 0}), Error);
  EXPECT_THROW(GradScaler({.growth_factor = 1}), Error);
  EXPECT_THROW(GradScaler({.backoff_factor = 1}), Error);
  EXPECT_THROW(GradScaler({.growth_interval = 0}), Error);
  EXPECT_THROW(GradScaler().load({.scale = std::nan("")}), Error);
  EXPECT_THROW(GradScaler().unscale({with_gradient(at::ones({2}, at::kHalf))}), Error);
}

/// The rule in a few lines, over any sequence of overflows, options and interruptions.
RC_GTEST_PROP(GradScalerProperty, ScaleFollowsTheRule, (const std::vector<bool>& overflows)) {
  const GradScalerOptions options = {.initial_scale = *rc::gen::element(1.0, 1024.0, 0x1p127),
                                     .growth_factor = *rc::gen::element(2.0, 3.0),
                                     .backoff_factor = *rc::gen::element(0.5, 0.75),
                                     .growth_interval = *rc::gen::inRange<std::int64_t>(1, 5)};
  GradScaler scaler(options);
  float scale = static_cast<float>(options.initial_scale);
  std::int64_t tracker = 0;
  for (const bool overflow : overflows) {
    const at::Tensor weight = with_gradient(at::full({2}, overflow ? INFINITY : 1.0f));
    bool stepped = false;
    scaler.step({weight}, [&] { stepped = true; });
    RC_ASSERT(stepped != overflow);
    if (!overflow) RC_ASSERT(weight.grad()[0].item<float>() == static_cast<float>(1.0 / scale));
    scaler.update();
    tracker = overflow ? 0 : tracker + 1;
    if (overflow) scale = static_cast<float>(scale * options.backoff_factor);
    if (tracker == options.growth_interval) {
      const float grown = static_cast<float>(scale * options.growth_factor);
      if (std::isfinite(grown)) scale = grown;
      tracker = 0;
    }
    const GradScalerState state = scaler.state();
    RC_ASSERT(state.scale == scale);
    RC_ASSERT(state.growth_tracker == tracker);
    if (*rc::gen::arbitrary<bool>()) {
      scaler = GradScaler();
      scaler.load(state);
    }
  }
}

}  // namespace
}  // namespace clipmill
