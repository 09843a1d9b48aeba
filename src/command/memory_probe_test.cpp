#include "command/memory_probe.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/testing/fake_proc.h"
#include "command/host_memory_probe.h"
#include "command/memory_watch.h"
#include "command/nvml_memory_probe.h"

namespace clipmill {
namespace {

TEST(HostMemoryProbe, AddsSharesAndFallsBackToResidentSize) {
  const FakeProc proc;
  proc.write(10, "smaps_rollup", "0-1 ---p\nRss:  900 kB\nPss:  500 kB\nPss_Dirty: 1 kB\n");
  proc.write(11, "status", "Name:\tx\nVmRSS:\t   300 kB\n");
  const std::vector<pid_t> processes = {10, 11, 12};
  EXPECT_EQ(HostMemoryProbe(proc.folder).bytes(processes), 800 * 1024);
}

TEST(HostMemoryProbe, SeesThisProcess) {
  const std::vector<pid_t> self = {::getpid()};
  EXPECT_GT(HostMemoryProbe().bytes(self), 100'000);
}

TEST(NvmlMemoryProbe, AddsWhatOurProcessesHold) {
  NvmlMemoryProbe probe(0, CLIPMILL_FAKE_NVML);
  ASSERT_TRUE(probe.works());
  const std::vector<pid_t> processes = {4242, 4243, 4244, 7};
  EXPECT_EQ(probe.bytes(processes), 4ll << 30);
  EXPECT_EQ(probe.bytes({}), 0);
}

TEST(NvmlMemoryProbe, WithoutADriverOrGpuItSaysSo) {
  EXPECT_FALSE(NvmlMemoryProbe(0, "no-such-library.so").works());
  NvmlMemoryProbe lost(1, CLIPMILL_FAKE_NVML);
  EXPECT_FALSE(lost.works());
  EXPECT_EQ(lost.bytes(std::vector<pid_t>{4242}), 0);
}

/// Takes its time over an answer.
class SlowProbe : public MemoryProbe {
 public:
  SlowProbe(VirtualClock& clock, double seconds) : clock_(clock), seconds_(seconds) {}
  std::int64_t bytes(std::span<const pid_t>) override {
    clock_.advance(seconds_);
    return answer;
  }
  std::int64_t answer = 0;

 private:
  VirtualClock& clock_;
  double seconds_;
};

const auto no_processes = [] { return std::vector<pid_t>(); };

TEST(MemoryWatch, KeepsThePeak) {
  VirtualClock clock;
  SlowProbe probe(clock, 0);
  MemoryWatch watch(probe, clock);
  for (const std::int64_t bytes : {3, 9, 4}) {
    probe.answer = bytes;
    EXPECT_EQ(watch.sample(no_processes), bytes);
  }
  EXPECT_EQ(watch.peak(), 9);
}

TEST(MemoryWatch, ASlowLookIsTakenLessOften) {
  for (const auto& [cost, wait] : {std::pair{0.001, 0.05}, {0.1, 1.9}}) {
    VirtualClock clock;
    SlowProbe probe(clock, cost);
    MemoryWatch watch(probe, clock);
    watch.sample(no_processes);
    clock.advance(wait * 0.99);
    EXPECT_FALSE(watch.due()) << cost;
    clock.advance(wait * 0.02);
    EXPECT_TRUE(watch.due()) << cost;
  }
}

}  // namespace
}  // namespace clipmill
