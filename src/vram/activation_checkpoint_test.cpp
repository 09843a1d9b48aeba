#include "vram/activation_checkpoint.h"

#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <thread>

#include "base/error.h"
#include "vram/autocast.h"
#include "vram/device.h"
#include "vram/testing.h"

namespace clipmill {
namespace {

bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && at::equal(a.contiguous().view(at::kInt), b.contiguous().view(at::kInt));
}

/// A chain of residual blocks with dropout; some weights serve two blocks, one serves all.
class Chain {
 public:
  explicit Chain(int length, double dropout = 0.1) : length_(length), dropout_(dropout) {
    at::manual_seed(7);
    for (int i = 0; i < length; ++i) weights_.push_back(parameter({8, 8}, 0.3));
    gain_ = parameter({8}, 0.3);
  }

  std::vector<Layer> layers() {
    std::vector<Layer> layers;
    for (int i = 0; i < length_; ++i)
      layers.push_back([this, i](const at::Tensor& x) { return block(i, x); });
    return layers;
  }

  /// Gradients of all weights (and of the input, if it has one) after `passes` backward passes, one on
  /// another.
  Tensors gradients(const std::function<at::Tensor(const at::Tensor&)>& network, bool input_needs_one,
                    int passes = 1) {
    for (at::Tensor& weight : all()) weight.mutable_grad().reset();
    at::manual_seed(3);
    const at::Tensor x = at::randn({5, 8}).set_requires_grad(input_needs_one);
    for (int i = 0; i < passes; ++i) network(x).square().sum().backward();
    Tensors result = {at::rand({1})};  // the generator must be where it would have been
    for (const at::Tensor& weight : all()) result.push_back(weight.grad().clone());
    if (input_needs_one) result.push_back(x.grad());
    return result;
  }

  Tensors gradients(int segments, bool input_needs_one, int passes = 1, CheckpointOptions options = {}) {
    return gradients(
        [&](const at::Tensor& x) { return checkpoint_sequential(layers(), segments, x, options); },
        input_needs_one, passes);
  }

  int calls = 0;

 private:
  at::Tensor block(int i, const at::Tensor& x) {
    ++calls;
    const at::Tensor h = at::gelu(at::linear(x * gain_, weights_[i]));
    return x + at::linear(at::dropout(h, dropout_, true), weights_[i / 2]) * gain_;
  }
  Tensors all() const {
    Tensors all = weights_;
    all.push_back(gain_);
    return all;
  }

  int length_;
  double dropout_;
  Tensors weights_;
  at::Tensor gain_;
};

void expect_same(const Tensors& expected, const Tensors& got) {
  ASSERT_EQ(expected.size(), got.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_TRUE(same_bits(expected[i], got[i])) << "gradient " << i;
}

TEST(Checkpoint, GradientsAreEqualBitForBitForEveryNumberOfSegments) {
  Chain chain(7);
  for (const bool input_needs_one : {true, false}) {
    const Tensors expected = chain.gradients(1, input_needs_one);
    for (int segments = 1; segments <= 7; ++segments) {
      SCOPED_TRACE(segments);
      expect_same(expected, chain.gradients(segments, input_needs_one));
      expect_same(expected, chain.gradients(segments, input_needs_one, 1, {.keep_last = false}));
    }
  }
}

TEST(Checkpoint, AlsoWhenGradientsAreAccumulatedOverSeveralPasses) {
  Chain chain(5);
  const Tensors expected = chain.gradients(1, true, 3);
  for (const int segments : {2, 3, 5}) expect_same(expected, chain.gradients(segments, true, 3));
}

TEST(Checkpoint, DropoutDiffersWithoutTheGeneratorsState) {
  Chain chain(4, 0.5);
  const Tensors expected = chain.gradients(1, true);
  EXPECT_FALSE(same_bits(expected[1], chain.gradients(4, true, 1, {.rng = false})[1]));
}

TEST(Checkpoint, SegmentsNest) {
  Chain chain(6);
  const Tensors expected = chain.gradients(1, true);
  const auto inner = [&chain](int from) {
    return [&chain, from](const at::Tensor& x) {
      const auto layers = chain.layers();
      return checkpoint_sequential({layers.begin() + from, layers.begin() + from + 3}, 2, x,
                                   {.keep_last = false});
    };
  };
  const auto nested = [&](const at::Tensor& x) { return checkpoint(inner(3), checkpoint(inner(0), x)); };
  expect_same(expected, chain.gradients(nested, true));
  const auto twice = [&](const at::Tensor& x) { return checkpoint(Layer(nested), x); };
  expect_same(expected, chain.gradients(twice, true, 1));
  expect_same(chain.gradients(1, false, 2), chain.gradients(twice, false, 2));
}

TEST(Checkpoint, EachLayerIsComputedOnceMoreExceptTheLastSegment) {
  Chain chain(8);
  const auto calls = [&chain](int segments, CheckpointOptions options) {
    chain.calls = 0;
    chain.gradients(segments, true, 1, options);
    return chain.calls;
  };
  EXPECT_EQ(calls(1, {}), 8);
  EXPECT_EQ(calls(2, {}), 8 + 4);
  EXPECT_EQ(calls(8, {}), 8 + 7);
  EXPECT_EQ(calls(2, {.keep_last = false}), 8 + 8);
}

TEST(Checkpoint, TheSecondComputationEndsWithTheLastTensorNeeded) {
  int finished = 0;
  const at::Tensor weight = parameter({4, 4}, 0.3);
  const Layer layer = [&](const at::Tensor& x) {
    const at::Tensor y = at::linear(x, weight);
    ++finished;
    return y;
  };
  checkpoint(layer, at::randn({2, 4})).sum().backward();
  EXPECT_EQ(finished, 1);
  EXPECT_TRUE(weight.grad().defined());
}

TEST(Checkpoint, WorksUnderAutocastWithTheBackwardPassOutsideAndInAnotherThread) {
  Chain chain(4);
  const auto gradients = [&chain](int segments, bool elsewhere) {
    return chain.gradients(
        [&](const at::Tensor& x) {
          at::Tensor y;
          {
            const AutocastGuard autocast(at::kCPU, at::kBFloat16);
            y = checkpoint_sequential(chain.layers(), segments, x);
          }
          if (!elsewhere) return y;
          std::thread([&] { y.sum().backward(at::Tensor(), true); }).join();
          return y;
        },
        true);
  };
  const Tensors expected = gradients(1, false);
  for (const int segments : {2, 4}) expect_same(expected, gradients(segments, false));
  expect_same(gradients(1, true), gradients(4, true));
}

TEST(Checkpoint, ARetainedGraphRunsTwiceAndOneThatIsNotSaysSo) {
  const at::Tensor weight = parameter({4, 4}, 0.3);
  const Layer layer = [&weight](const at::Tensor& x) { return at::tanh(at::linear(x, weight)); };
  const at::Tensor y = checkpoint(layer, at::randn({2, 4})).sum();
  y.backward(at::Tensor(), /*retain_graph=*/true);
  const at::Tensor once = weight.grad().clone();
  y.backward();
  EXPECT_TRUE(same_bits(weight.grad(), once * 2));
  EXPECT_THROW(y.backward(), c10::Error);
}

TEST(Checkpoint, GivesGradientsOfGradientsAndOfChosenInputs) {
  const at::Tensor weight = parameter({4, 4}, 0.3), x = at::randn({2, 4}).set_requires_grad(true);
  const Layer layer = [&weight](const at::Tensor& in) { return at::tanh(at::linear(in, weight)); };
  const auto penalty = [&](const at::Tensor& y) {
    const at::Tensor slope = torch::autograd::grad({y.sum()}, {x}, {}, true, /*create_graph=*/true)[0];
    return torch::autograd::grad({slope.square().sum()}, {weight})[0];
  };
  EXPECT_TRUE(same_bits(penalty(layer(x)), penalty(checkpoint(layer, x))));
}

TEST(Checkpoint, TakesSeveralTensorsAndUndefinedOnes) {
  const at::Tensor a = parameter({3, 4}, 0.3), b = parameter({3, 4}, 0.3), weight = parameter({4, 4}, 0.3);
  const Segment segment = [&weight](const Tensors& in) {
    EXPECT_FALSE(in[2].defined());
    return Tensors{at::gelu(in[0] * in[1]), at::linear(in[1], weight).tanh()};
  };
  const auto gradients = [&](const Tensors& out) {
    return torch::autograd::grad({out[0].sum() + out[1].square().sum()}, {a, b, weight});
  };
  const Tensors inputs = {a, b, at::Tensor()};
  expect_same(gradients(segment(inputs)), gradients(checkpoint(segment, inputs)));
}

TEST(Checkpoint, OutputsMayBeUsedInSeparateBackwardPasses) {
  const at::Tensor a = parameter({3, 4}, 0.3), b = parameter({3, 4}, 0.3);
  const Tensors out = checkpoint(
      [](const Tensors& in) {
        return Tensors{in[0].exp(), in[1].tanh()};
      },
      Tensors{a, b});
  out[0].sum().backward();
  out[1].sum().backward();
  EXPECT_TRUE(same_bits(a.grad(), a.detach().exp()));
  EXPECT_TRUE(b.grad().defined());
}

TEST(Checkpoint, PassesOnGradientsToTensorsComputedOutside) {
  const at::Tensor weight = parameter({4, 4}, 0.3), x = at::randn({2, 4});
  const auto gradient = [&](bool checkpointed) {
    const at::Tensor context = at::tanh(at::linear(x, weight));  // captured, not an input
    const Layer layer = [&context](const at::Tensor& in) { return at::sigmoid(in * context); };
    return torch::autograd::grad({(checkpointed ? checkpoint(layer, x) : layer(x)).sum()}, {weight})[0];
  };
  EXPECT_TRUE(same_bits(gradient(false), gradient(true)));
}

TEST(Checkpoint, WithoutGradientsIsAPlainCall) {
  const c10::NoGradGuard no_gradients;
  const at::Tensor weight = parameter({4, 4}, 0.3);
  EXPECT_FALSE(checkpoint([&](const at::Tensor& x) { return at::linear(x, weight); }, at::randn({2, 4}))
                   .requires_grad());
}

TEST(Checkpoint, RefusesASegmentThatDiffersTheSecondTime) {
  int calls = 0;
  const at::Tensor weight = parameter({4, 4}, 0.3);
  const auto run = [&](const Layer& layer) {
    calls = 0;
    checkpoint(layer, at::randn({2, 4}).set_requires_grad(true)).sum().backward();
  };
  EXPECT_THROW(run([&](const at::Tensor& x) { return calls++ ? x.narrow(0, 0, 1).exp() : x.exp(); }),
               c10::Error);
  EXPECT_THROW(run([&](const at::Tensor& x) { return calls++ ? x.exp() : x.exp().exp(); }), c10::Error);
  EXPECT_THROW(run([&](const at::Tensor& x) { return calls++ ? x * 1.0 : at::linear(x, weight).tanh(); }),
               c10::Error);
}

TEST(Checkpoint, RefusesInputsAndSavedTensorsChangedInPlace) {
  const at::Tensor x = at::randn({2, 4}).set_requires_grad(true);
  const at::Tensor input = x * 2;
  const at::Tensor y = checkpoint([](const at::Tensor& in) { return in.exp(); }, input);
  input.add_(1);
  EXPECT_THROW(y.sum().backward(), c10::Error);
  const Layer changes = [](const at::Tensor& in) { return in.exp().add_(1) * in; };
  EXPECT_THROW(checkpoint(changes, x).sum().backward(), c10::Error);
}

TEST(Checkpoint, ErrorsOfTheSegmentComeThroughAndTheNextCallWorks) {
  const at::Tensor weight = parameter({4, 4}, 0.3);
  int calls = 0;
  const Layer fails = [&](const at::Tensor& x) {
    const at::Tensor y = at::linear(x, weight).exp();
    if (++calls == 2) throw Error(ErrorKind::kInternal, "the second time");
    return y * y;
  };
  EXPECT_THROW(checkpoint(fails, at::randn({2, 4})).sum().backward(), Error);
  EXPECT_NO_THROW(checkpoint(fails, at::randn({2, 4})).sum().backward());
}

TEST(Checkpoint, FreesInputsOnTheWayAndEverythingAtTheEnd) {
  const auto device = open_device("cpu");
  constexpr std::int64_t kBytes = 1 << 20;
  const Layer layer = [](const at::Tensor& x) { return x.exp().tanh().sigmoid() * 0.5; };
  const auto peak = [&](int segments) {
    const at::Tensor x = at::zeros({kBytes / 4}).set_requires_grad(true);
    const std::int64_t before = device->memory().current;
    device->reset_peak();
    torch::autograd::grad({checkpoint_sequential(std::vector<Layer>(12, layer), segments, x).sum()}, {x});
    EXPECT_EQ(device->memory().current, before);
    return (device->memory().peak - before) / kBytes;
  };
  EXPECT_GE(peak(1), 36);
  EXPECT_LE(peak(4), 3 + 3 * 3 + 4);  // boundaries, three layers' saved tensors, what is being computed
}

TEST(CheckpointSequential, DividesEvenlyAndRefusesTooManySegments) {
  EXPECT_THAT(segment_bounds(16, 5), ::testing::ElementsAre(0, 3, 6, 9, 12, 16));
  for (int layers = 1; layers < 20; ++layers) {
    for (int segments = 1; segments <= layers; ++segments) {
      const std::vector<int> bounds = segment_bounds(layers, segments);
      for (int i = 0; i < segments; ++i) EXPECT_GE(bounds[i + 1] - bounds[i], layers / segments);
      EXPECT_EQ(layers - bounds[segments - 1], (layers + segments - 1) / segments);
    }
  }
  EXPECT_THROW(segment_bounds(4, 5), Error);
  EXPECT_THROW(segment_bounds(4, 0), Error);
}

}  // namespace
}  // namespace clipmill
