#include "vram/peak_span.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "vram/memory_owner.h"
#include "vram/testing.h"

namespace clipmill {
namespace {

at::Tensor mebibytes(std::int64_t count) { return at::zeros({count * kMiB}, at::kByte); }

class PeakSpans : public testing::Test {
 protected:
  const std::unique_ptr<Device> device_ = open_device("cpu:0");
};

TEST_F(PeakSpans, AnInnerOneDoesNotTakeTheOutersPeakAway) {
  const PeakSpan outer(*device_);
  const std::int64_t before = device_->memory().current;
  mebibytes(4);
  const PeakSpan inner(*device_);
  EXPECT_GE(outer.bytes() - before, 4 * kMiB);
  EXPECT_LT(inner.bytes() - before, kMiB);
}

TEST_F(PeakSpans, TheDevicesOwnPeakIsUntouched) {
  device_->reset_peak();
  mebibytes(4);
  const std::int64_t peak = device_->memory().peak;
  const PeakSpan span(*device_);
  EXPECT_EQ(device_->memory().peak, peak);
}

TEST_F(PeakSpans, AddUpToTheAllocatorsPeakExactly) {
  device_->reset_peak();
  const PeakSpan span(*device_);
  const MemoryScope stage("decode");
  const at::Tensor kept = mebibytes(2);
  at::conv2d(at::randn({2, 8, 64, 64}), at::randn({8, 8, 3, 3}));
  const MemoryUsage usage = span.usage();
  EXPECT_EQ(usage.peak, device_->memory().peak);
  EXPECT_EQ(by_category(usage.at_peak).total(), usage.peak);
  EXPECT_EQ(by_category(usage.held).total(), device_->memory().current);
}

TEST_F(PeakSpans, ALaneCountsWhatItKeepsAndNotWhatAnotherDoesMeanwhile) {
  std::latch other_holds(1), measured(1);
  std::thread other([&] {
    const MemoryOwner lane(2, "other");
    const at::Tensor big = mebibytes(64);
    other_holds.count_down();
    measured.wait();
  });
  std::int64_t peak = 0;
  std::thread([&] {
    const MemoryOwner lane(1, "mine");
    const at::Tensor resident = mebibytes(8);
    const PeakSpan span(*device_);
    other_holds.wait();
    mebibytes(4);
    peak = span.bytes();
    measured.count_down();
  }).join();
  other.join();
  EXPECT_GE(peak, 12 * kMiB);
  EXPECT_LT(peak, 16 * kMiB);
}

TEST_F(PeakSpans, ATimelineShowsThePeakWithItsSplit) {
  VirtualClock clock;
  const MemoryOwner lane(1, "mine");
  const PeakSpan span(*device_, &clock);
  const MemoryScope weights(MemoryCategory::kModel, "vae");
  const at::Tensor kept = mebibytes(3);
  clock.advance(1);
  {
    const MemoryScope latents(MemoryCategory::kData, "latents");
    mebibytes(5);
  }
  clock.advance(1);
  mebibytes(1);
  const std::vector<MemorySample> samples = span.timeline();
  const auto highest =
      std::ranges::max(samples, {}, [](const MemorySample& sample) { return sample.bytes.total(); });
  EXPECT_EQ(highest.seconds, 1);
  EXPECT_EQ(highest.bytes.total(), span.bytes());
  EXPECT_EQ(highest.bytes, by_category(span.usage().at_peak));
  EXPECT_EQ(samples.back().seconds, 2);
}

TEST_F(PeakSpans, WithoutAClockThereIsNoTimeline) {
  const PeakSpan span(*device_);
  mebibytes(1);
  EXPECT_TRUE(span.timeline().empty());
}

}  // namespace
}  // namespace clipmill
