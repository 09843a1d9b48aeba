// Real networks under a real cap: the answer is checked by trying every size.
#include "vram/batch_driver.h"

#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "vram/testing.h"

namespace clipmill {
namespace {

struct Network {
  const char* name;
  std::int64_t room;  ///< bytes above what is held when the search begins
  RunBatch run;
};

std::ostream& operator<<(std::ostream& out, const Network& c) { return out << c.name; }

/// A batch that ran out of memory half way leaves gradients, unless somebody clears them then too.
struct ClearedGradients {
  const std::vector<at::Tensor>& parameters;
  ~ClearedGradients() {
    for (const at::Tensor& parameter : parameters) parameter.mutable_grad().reset();
  }
};

void train_step(const at::Tensor& loss, const std::vector<at::Tensor>& parameters) {
  const ClearedGradients cleared{parameters};
  loss.backward();
}

RunBatch convolutions(bool training) {
  const std::vector<at::Tensor> w = {parameter({8, 3, 3, 3}), parameter({8, 8, 3, 3})};
  return [w, training](std::int64_t n) {
    const c10::AutoGradMode gradients(training);
    const at::Tensor y = at::conv2d(at::relu(at::conv2d(at::randn({n, 3, 24, 24}), w[0])), w[1]);
    if (training) train_step(y.square().mean(), w);
  };
}

RunBatch attention(bool training, std::int64_t tokens) {
  const std::vector<at::Tensor> w = {parameter({96, 32}), parameter({32, 32})};
  return [w, training, tokens](std::int64_t n) {
    const c10::AutoGradMode gradients(training);
    const at::Tensor x = at::randn({n, tokens, 32});
    const auto qkv = at::linear(x, w[0]).view({n, tokens, 3, 2, 16}).permute({2, 0, 3, 1, 4}).unbind(0);
    const at::Tensor scores = at::softmax(at::matmul(qkv[0], qkv[1].transpose(-2, -1)) / 4, -1);
    const at::Tensor y = at::linear(at::matmul(scores, qkv[2]).transpose(1, 2).reshape(x.sizes()), w[1]);
    if (training) train_step((x + y).square().mean(), w);
  };
}

RunBatch video(bool training) {
  const std::vector<at::Tensor> w = {parameter({4, 3, 3, 3, 3}), parameter({4, 4, 1, 1, 1})};
  return [w, training](std::int64_t n) {
    const c10::AutoGradMode gradients(training);
    const at::Tensor y = at::conv3d(at::silu(at::conv3d(at::randn({n, 3, 5, 12, 12}), w[0])), w[1]);
    if (training) train_step(y.square().mean(), w);
  };
}

class RealNetwork : public ::testing::TestWithParam<Network> {
 protected:
  void TearDown() override { device_->set_budget(0); }
  std::unique_ptr<Device> device_ = open_device("cpu");
};

TEST_P(RealNetwork, TheLargestBatchIsExactAndTheDeviceIsAsBefore) {
  const Network& c = GetParam();
  for (int warm = 0; warm < 2; ++warm) c.run(1);
  const std::int64_t before = device_->memory().current, budget = before + c.room;
  device_->set_budget(budget);
  const BatchSize found = find_batch_size(*device_, c.run, {.budget = budget});
  EXPECT_EQ(device_->memory().current, before);

  std::int64_t expected = 0;
  while (probe_batch(*device_, c.run, expected + 1).fits) ++expected;
  EXPECT_EQ(found.largest, expected);
  EXPECT_GT(expected, 3);
  EXPECT_FALSE(probe_batch(*device_, c.run, expected + 3).fits);
  EXPECT_LE(static_cast<double>(found.probes.size()), 2 * std::log2(static_cast<double>(expected)) + 2);
  RecordProperty("largest", static_cast<int>(found.largest));
  RecordProperty("probes", static_cast<int>(found.probes.size()));
}

INSTANTIATE_TEST_SUITE_P(
    Batch, RealNetwork,
    ::testing::Values(Network{"conv, forward", 2 * kMiB, convolutions(false)},
                      Network{"conv, training", 5 * kMiB, convolutions(true)},
                      Network{"attention, forward", 3 * kMiB + 12345, attention(false, 64)},
                      Network{"attention, training", 7 * kMiB, attention(true, 64)},
                      Network{"long attention, training", 9 * kMiB, attention(true, 160)},
                      Network{"video conv, training", 4 * kMiB, video(true)}));

TEST(ProbeBatch, ALeakIsNamedWithItsBytes) {
  const auto device = open_device("cpu");
  std::vector<at::Tensor> leak;
  try {
    probe_batch(
        *device, [&](std::int64_t) { leak.push_back(at::zeros({kMiB}, at::kByte)); }, 7);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInternal);
    EXPECT_NE(std::string(error.what()).find("batch of 7 left 1.0 MiB"), std::string::npos) << error.what();
  }
}

TEST(ProbeBatch, WhatIsKeptOnceIsNoLeak) {
  const auto device = open_device("cpu");
  at::Tensor cache;
  const auto run = [&](std::int64_t n) {
    if (!cache.defined()) cache = at::zeros({kMiB}, at::kByte);
    at::zeros({n}, at::kByte);
  };
  EXPECT_TRUE(probe_batch(*device, run, 3).fits);
}

TEST(ProbeBatch, OtherErrorsPass) {
  const auto device = open_device("cpu");
  EXPECT_THROW(probe_batch(
                   *device,
                   [](std::int64_t) {
                     at::matmul(at::zeros({2, 3}), at::zeros({2, 3}));
                   },
                   1),
               c10::Error);
}

}  // namespace
}  // namespace clipmill
