#include "vram/device.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/error.h"
#include "base/resident_set.h"
#include "vram/testing.h"

namespace clipmill {
namespace {

TEST(CpuDevice, CountsWhatTensorsHoldAndHeld) {
  const auto device = open_device("cpu:0");
  const std::int64_t before = device->memory().current;
  device->reset_peak();
  {
    const at::Tensor kept = at::zeros({kMiB}, at::kByte);
    { const at::Tensor briefly = at::zeros({4 * kMiB}, at::kByte); }
    EXPECT_GE(device->memory().current - before, kMiB);
    EXPECT_LT(device->memory().current - before, 2 * kMiB);
    EXPECT_GE(device->memory().peak - before, 5 * kMiB);
  }
  EXPECT_EQ(device->memory().current, before);
  device->reset_peak();
  EXPECT_EQ(device->memory().peak, before);
}

TEST(CpuDevice, ConvolutionsGiveTheirScratchMemoryBack) {
  const auto device = open_device("cpu");
  const at::Tensor x = at::randn({1, 8, 3, 32, 32}), weight = at::randn({8, 8, 3, 3, 3});
  at::conv3d(x, weight);  // what oneDNN keeps for good, it keeps from the first time on
  const std::int64_t before = device->memory().current;
  at::conv3d(x, weight);
  EXPECT_EQ(device->memory().current, before);
}

/// Also what lies in the heap below something that stays.
TEST(CpuDevice, TrimGivesFreePagesBackToTheSystem) {
  const auto device = open_device("cpu");
  std::vector<at::Tensor> small;
  for (int i = 0; i < 2000; ++i) small.push_back(at::ones({60 << 10}, at::kByte));
  const at::Tensor stays = at::ones({1000}, at::kByte);
  const std::int64_t held = resident_set().now;
  small.clear();
  device->trim();
  EXPECT_LT(resident_set().now, held - 100 * kMiB);
}

TEST(CpuDevice, CountsAcrossThreads) {
  const auto device = open_device("cpu:1");
  const std::int64_t before = device->memory().current;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int n = 1; n < 500; ++n) at::zeros({n * 64}, at::kByte);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(device->memory().current, before);
}

TEST(CpuDevice, AnImpossibleSizeIsAnErrorAndCountsNothing) {
  const auto device = open_device("cpu");
  const std::int64_t before = device->memory().current;
  EXPECT_THROW(at::empty({std::int64_t{1} << 60}, at::kByte), c10::Error);
  EXPECT_EQ(device->memory().current, before);
}

TEST(OpenDevice, RefusesWhatIsNotThere) {
  for (const char* name : {"gpu7", "cpu:", "cpu:x", "cpu:-1", "cpux", "cuda:999", ""}) {
    EXPECT_THROW(open_device(name), Error) << name;
  }
}

}  // namespace
}  // namespace clipmill
