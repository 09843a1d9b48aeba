#include "vram/counting_allocator.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <thread>
#include <vector>

#include "vram/device.h"
#include "vram/memory_owner.h"
#include "vram/testing.h"

namespace clipmill {
namespace {

/// A limit of `room` bytes above what is in use, for the life of a test.
class Limit : public ::testing::Test {
 protected:
  void set_room(std::int64_t room) { device_->set_budget(start_ + room); }
  void TearDown() override { device_->set_budget(0); }

  std::unique_ptr<Device> device_ = open_device("cpu");
  std::int64_t start_ = device_->memory().current;
};

TEST_F(Limit, RefusesWhatDoesNotFitAndSaysHowMuchWasAskedUsedAndAllowed) {
  set_room(4 * kMiB);
  const at::Tensor kept = at::zeros({3 * kMiB}, at::kByte);
  try {
    at::empty({2 * kMiB}, at::kByte);
    FAIL() << "allocated over the limit";
  } catch (const c10::OutOfMemoryError& error) {
    EXPECT_THAT(
        error.what_without_backtrace(),
        ::testing::MatchesRegex("out of memory on cpu: tried to allocate 2.0 MiB, with [0-9.]+ .iB in use "
                                "and a limit of [0-9.]+ .iB.*"));
  }
  EXPECT_NO_THROW(at::empty({kMiB / 2}, at::kByte));
}

TEST_F(Limit, SaysWhatHeldTheMemory) {
  const MemoryOwner owner(1, "clip-7");
  const MemoryScope stage("denoise"), block("block", 3);
  const at::Tensor big = at::zeros({64 * kMiB}, at::kByte);
  set_room(64 * kMiB + kMiB);
  try {
    at::empty({2 * kMiB}, at::kByte);
    FAIL() << "allocated over the limit";
  } catch (const c10::OutOfMemoryError& error) {
    EXPECT_THAT(
        error.what_without_backtrace(),
        ::testing::HasSubstr("; the largest: 64.0 MiB denoise/block 3 (intermediate, lane 1: clip-7)"));
  }
}

TEST_F(Limit, ZeroIsNoLimit) {
  set_room(kMiB);
  EXPECT_THROW(at::empty({2 * kMiB}, at::kByte), c10::OutOfMemoryError);
  device_->set_budget(0);
  EXPECT_NO_THROW(at::empty({2 * kMiB}, at::kByte));
}

TEST_F(Limit, BelowWhatIsInUseNothingIsGivenUntilEnoughCameBack) {
  at::Tensor big = at::zeros({4 * kMiB}, at::kByte);
  set_room(kMiB);
  EXPECT_THROW(at::empty({1}, at::kByte), c10::OutOfMemoryError);
  big.reset();
  EXPECT_NO_THROW(at::empty({1}, at::kByte));
}

TEST_F(Limit, ARefusalInsideAnOperatorLeavesNothingBehind) {
  const auto convolve = [x = at::randn({4, 8, 64, 64}), weight = at::randn({32, 8, 3, 3})] {
    return at::conv2d(x, weight);
  };
  convolve();  // what oneDNN keeps for good, it keeps from the first time on
  const std::int64_t before = device_->memory().current;
  device_->set_budget(before + kMiB / 4);
  EXPECT_THROW(convolve(), c10::OutOfMemoryError);
  EXPECT_EQ(device_->memory().current, before);
  device_->set_budget(0);
  EXPECT_NO_THROW(convolve());
}

/// Any order of allocations and releases: given out exactly when it fits, counted exactly.
TEST_F(Limit, CountsExactlyWhateverIsAskedFor) {
  rc::check([this] {
    const auto sizes =
        *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 300000));
    set_room(kMiB);
    std::vector<at::Tensor> kept;
    for (const std::int64_t size : sizes) {
      const std::int64_t before = device_->memory().current;
      try {
        kept.push_back(at::empty({size}, at::kByte));
        RC_ASSERT(device_->memory().current >= before + size);
      } catch (const c10::OutOfMemoryError&) {
        RC_ASSERT(device_->memory().current == before);
        RC_ASSERT(before + size + 8192 > start_ + kMiB);  // malloc rounds up by two pages at most
        if (!kept.empty()) kept.erase(kept.begin());
      }
      RC_ASSERT(device_->memory().current <= start_ + kMiB);
    }
    kept.clear();
    RC_ASSERT(device_->memory().current == start_);
  });
}

TEST_F(Limit, ThreadsTogetherNeverExceedIt) {
  set_room(kMiB);
  device_->reset_peak();
  std::atomic<int> given{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 300; ++n) {
        try {
          const at::Tensor first = at::empty({kMiB / 5}, at::kByte),
                           second = at::empty({kMiB / 5}, at::kByte);
          ++given;
        } catch (const c10::OutOfMemoryError&) {
          ++refused;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(device_->memory().peak, start_ + kMiB);
  EXPECT_EQ(device_->memory().current, start_);
  EXPECT_EQ(given + refused, 1200);
  EXPECT_GT(given, 0);
}

}  // namespace
}  // namespace clipmill
