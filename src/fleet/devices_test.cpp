#include "fleet/devices.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/host_memory.h"
#include "fleet/nvidia_gpus.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

/// A made-up /proc and /sys: 64 GiB, 32 of them available.
class DevicesTest : public testing::Test {
 protected:
  DevicesTest() {
    write("proc/meminfo", "MemTotal:       67108864 kB\nMemFree:  1 kB\nMemAvailable:   33554432 kB\n");
    write("proc/cpuinfo", "processor\t: 0\nmodel name\t: A Fine Processor\n");
  }
  ~DevicesTest() override { fs::remove_all(root_); }
  void write(const fs::path& path, const std::string& text) { write_file(root_ / path, text); }
  void expect_memory(std::int64_t total, std::int64_t available) {
    EXPECT_EQ(host_memory(root_).total_bytes, total);
    EXPECT_EQ(host_memory(root_).available_bytes, available);
  }

  const fs::path root_ = fs::path(testing::TempDir()) / fmt::format("devices-{}", ::getpid());
};

TEST_F(DevicesTest, ReadsProcessorAndMemory) {
  const DeviceInfo cpu = cpu_device(root_);
  EXPECT_EQ(cpu.name, "cpu:0");
  EXPECT_THAT(cpu.description, HasSubstr("A Fine Processor, "));
  EXPECT_EQ(cpu.total_bytes, 64 * kGiB);
  EXPECT_EQ(cpu.free_bytes, 32 * kGiB);
}

TEST_F(DevicesTest, NoProcMeansNoMemoryAndNoError) {
  fs::remove_all(root_);
  expect_memory(0, 0);
}

TEST_F(DevicesTest, ControlGroupLimitsMemory) {
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/a/b/memory.max", "max\n");
  write("sys/fs/cgroup/a/memory.max", fmt::format("{}\n", 8 * kGiB));
  write("sys/fs/cgroup/a/memory.current", fmt::format("{}\n", 6 * kGiB));
  write("sys/fs/cgroup/a/memory.stat", fmt::format("anon 1\ninactive_file {}\n", 3 * kGiB));
  expect_memory(8 * kGiB, 5 * kGiB);
}

TEST_F(DevicesTest, OlderControlGroupLimitsMemory) {
  write("proc/self/cgroup", "9:cpu,cpuacct:/x\n4:memory:/box\n0::/\n");
  write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", fmt::format("{}\n", 4 * kGiB));
  write("sys/fs/cgroup/memory/box/memory.usage_in_bytes", fmt::format("{}\n", 1 * kGiB));
  expect_memory(4 * kGiB, 3 * kGiB);
}

TEST_F(DevicesTest, LimitBeyondTheMachineIsNone) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "9223372036854771712\n");
  expect_memory(64 * kGiB, 32 * kGiB);
}

TEST(Devices, ThisMachineHasAProcessorWithMemory) {
  const auto devices = list_devices();
  ASSERT_FALSE(devices.empty());
  EXPECT_EQ(devices[0].name, "cpu:0");
  EXPECT_GT(devices[0].total_bytes, 0);
  EXPECT_GT(devices[0].free_bytes, 0);
  EXPECT_LE(devices[0].free_bytes, devices[0].total_bytes);
}

TEST(Nvml, NoDriverMeansNoGpus) { EXPECT_TRUE(nvidia_gpus("libno-such-driver.so.1").empty()); }

TEST(Nvml, LibraryWithoutTheFunctionsMeansNoGpus) { EXPECT_TRUE(nvidia_gpus("libc.so.6").empty()); }

TEST(Nvml, ListsGpusAndSaysWhichDoNotAnswer) {
  const auto gpus = nvidia_gpus(CLIPMILL_FAKE_NVML);
  ASSERT_EQ(gpus.size(), 2u);
  EXPECT_EQ(gpus[0].name, "cuda:0");
  EXPECT_EQ(gpus[0].description, "Fake GPU 24GB");
  EXPECT_EQ(gpus[0].total_bytes, 24 * kGiB);
  EXPECT_EQ(gpus[0].free_bytes, 20 * kGiB);
  EXPECT_EQ(gpus[1].name, "cuda:1");
  EXPECT_EQ(gpus[1].description, "does not answer: GPU is lost");
  EXPECT_EQ(gpus[1].total_bytes, 0);
}

}  // namespace
}  // namespace clipmill
