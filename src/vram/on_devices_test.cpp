// What holds on every device: the counters and the cap, mixed precision, checkpointing; and what a GPU
// refuses.
#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <limits>

#include "vram/activation_checkpoint.h"
#include "vram/autocast.h"
#include "vram/batch_driver.h"
#include "vram/grad_scaler.h"
#include "vram/memory_owner.h"
#include "vram/peak_span.h"
#include "vram/testing.h"
#include "vram/testing/test_devices.h"

namespace clipmill {
namespace {

class OnDevice : public testing::TestWithParam<std::string> {
 protected:
  at::Tensor on(const at::Tensor& t) const { return t.to(device_->torch_device()); }
  at::Tensor bytes(std::int64_t count) const {
    return at::empty({count}, at::TensorOptions(at::kByte).device(device_->torch_device()));
  }

  const std::unique_ptr<Device> device_ = test::open_test_device(GetParam());
};

TEST_P(OnDevice, CountsWhatTensorsHoldAndHeld) {
  const std::int64_t before = device_->memory().current;
  device_->reset_peak();
  {
    const at::Tensor kept = bytes(kMiB);
    { const at::Tensor briefly = bytes(4 * kMiB); }
    EXPECT_GE(device_->memory().current - before, kMiB);
    EXPECT_LT(device_->memory().current - before, 2 * kMiB);
    EXPECT_GE(device_->memory().peak - before, 5 * kMiB);
  }
  EXPECT_EQ(device_->memory().current, before);
  EXPECT_GT(device_->total_bytes(), 5 * kMiB);
}

TEST_P(OnDevice, ItsLedgerKnowsWhoseTheMemoryIs) {
  const MemoryOwner owner(1, "clip");
  const MemoryScope stage("denoise"), weights(MemoryCategory::kModel, "transformer");
  const PeakSpan span(*device_);
  const at::Tensor kept = bytes(32 * kMiB);
  const AccountUsage largest = span.usage().at_peak.at(0);
  EXPECT_EQ(largest.path, "denoise/transformer");
  EXPECT_EQ(largest.category, MemoryCategory::kModel);
  EXPECT_GE(largest.bytes, 32 * kMiB);
  EXPECT_GE(device_->reserved().reserved, 32 * kMiB);
}

TEST_P(OnDevice, RefusesWhatGoesBeyondItsBudgetAndGoesOn) {
  device_->trim();
  const std::int64_t before = device_->memory().current;
  device_->set_budget(before + 64 * kMiB);
  EXPECT_THROW(bytes(128 * kMiB), c10::OutOfMemoryError);
  EXPECT_EQ(device_->memory().current, before);
  EXPECT_EQ(bytes(16 * kMiB).numel(), 16 * kMiB);
  device_->set_budget(0);
  EXPECT_EQ(bytes(128 * kMiB).numel(), 128 * kMiB);
}

TEST_P(OnDevice, FindsTheLargestBatchUnderItsBudget) {
  device_->trim();
  const std::int64_t budget = device_->memory().current + 100 * kMiB;
  device_->set_budget(budget);
  const RunBatch run = [&](std::int64_t size) { bytes(size * 20 * kMiB).fill_(1); };
  const BatchSize found = find_batch_size(*device_, run, {.largest = 64, .budget = budget});
  device_->set_budget(0);
  EXPECT_GE(found.largest, 4);  // a cache may keep room for itself
  EXPECT_LE(found.largest, 5);
}

/// Loss and gradients of a small network under autocast, its middle checkpointed or not.
std::vector<at::Tensor> gradients(const Device& device, at::ScalarType half, bool checkpointed) {
  at::manual_seed(3);
  std::vector<at::Tensor> weights = {parameter({8, 16}, 1), parameter({16}, 1), parameter({1, 8}, 1)};
  for (at::Tensor& weight : weights)
    weight = weight.detach().to(device.torch_device()).set_requires_grad(true);
  const at::Tensor x = at::randn({4, 16}).to(device.torch_device());
  const Layer layer = [&](const at::Tensor& in) {
    return at::silu(at::linear(at::rms_norm(in, {16}, weights[1], 1e-6), weights[0]));
  };
  GradScaler scaler({.initial_scale = 64, .enabled = half == at::kHalf});
  at::Tensor loss;
  {
    const AutocastGuard autocast(device.torch_device().type(), half);
    const at::Tensor hidden = checkpointed ? checkpoint(layer, x) : layer(x);
    EXPECT_EQ(hidden.scalar_type(), half);
    loss = at::linear(hidden, weights[2]).to(at::kFloat).square().mean();
  }
  scaler.scale(loss).backward();
  scaler.unscale(weights);
  EXPECT_TRUE(scaler.step(weights, [] {}));
  scaler.update();
  std::vector<at::Tensor> all = {loss.detach()};
  for (const at::Tensor& weight : weights) all.push_back(weight.grad());
  return all;
}

TEST_P(OnDevice, HalfPrecisionGivesTheCpusGradientsCheckpointedOrNot) {
  const auto cpu = open_device("cpu:0");
  for (const at::ScalarType half : {at::kBFloat16, at::kHalf}) {
    const auto expected = gradients(*cpu, half, false), plain = gradients(*device_, half, false),
               checkpointed = gradients(*device_, half, true);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(at::allclose(plain[i].cpu(), expected[i], 0.05, 0.05)) << half << " " << i;
      EXPECT_TRUE(at::equal(checkpointed[i], plain[i])) << half << " " << i;
    }
  }
}

TEST_P(OnDevice, TheScaleFallsWhenGradientsOverflow) {
  GradScaler scaler({.initial_scale = 1024});
  at::Tensor weight = on(at::ones({3})).set_requires_grad(true);
  scaler.scale((weight * std::numeric_limits<float>::infinity()).sum()).backward();
  EXPECT_FALSE(scaler.step({weight}, [] { FAIL(); }));
  scaler.update();
  EXPECT_EQ(scaler.scale(), 512);
}

INSTANTIATE_TEST_SUITE_P(Devices, OnDevice, testing::ValuesIn(test::test_devices()),
                         [](const auto& info) { return test::in_test_name(info.param); });

class OnGpu : public OnDevice {};

TEST_P(OnGpu, RefusesToMixItsTensorsWithTheCpus) {
  const at::Tensor table = on(at::randn({5, 3})), ids = at::zeros({2}, at::kLong);
  EXPECT_THROW(at::embedding(table, ids), c10::Error);
  EXPECT_THROW(table + at::ones({5, 3}), c10::Error);
  EXPECT_THROW(at::matmul(table, at::ones({3, 2})), c10::Error);
  EXPECT_THROW(table.masked_fill(at::ones({5, 3}, at::kBool), 0), c10::Error);
  EXPECT_THROW(at::conv2d(on(at::ones({1, 1, 3, 3})), at::ones({1, 1, 3, 3})), c10::Error);
}

TEST_P(OnGpu, TakesSingleNumbersAndIndicesOfTheCpu) {
  const at::Tensor table = on(at::arange(6, at::kFloat).view({3, 2}));
  const at::Tensor half = at::full({}, 0.5, at::kFloat);
  EXPECT_EQ((half * table).device(), table.device());
  EXPECT_EQ((half * table - table / half).sum().item<float>(), -22.5f);
  EXPECT_EQ(table.index({at::tensor({2, 0}, at::kLong)}).cpu()[0][1].item<float>(), 5);
}

INSTANTIATE_TEST_SUITE_P(Gpus, OnGpu, testing::ValuesIn(test::test_gpus()),
                         [](const auto& info) { return test::in_test_name(info.param); });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OnGpu);

}  // namespace
}  // namespace clipmill
