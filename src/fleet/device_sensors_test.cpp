#include "fleet/device_sensors.h"

#include <gtest/gtest.h>

#include "link/messages.h"

namespace clipmill {
namespace {

constexpr std::int64_t kSensedGibibyte = std::int64_t{1} << 30;

class DeviceSensorsTest : public testing::Test {
 protected:
  /// Runs a job of the fake worker to its end.
  void run(const std::string& prompt) {
    Attempt attempt{1, 101, "cpu:0", {}};
    attempt.spec.clip.prompt = prompt;
    runner_.start(attempt);
    while (true) {
      const auto event = runner_.next_event();
      if (event && std::holds_alternative<JobFinished>(event->what)) return;
      if (!event) runner_.wait(10);
    }
  }

  VirtualClock clock_;
  const WorkerCommand worker_{CLIPMILL_FAKE_WORKER, {}};
  LocalRunner runner_{{"cpu:0", "cuda:0"}, {worker_, worker_}, clock_, {.nvml = CLIPMILL_FAKE_NVML}};
  DeviceSensors sensors_{runner_, clock_, CLIPMILL_FAKE_NVML};
};

TEST_F(DeviceSensorsTest, OfAProcessorWithoutAWorkerNothingIsHeld) {
  EXPECT_FALSE(sensors_.read("cpu:0").utilisation) << "there was no look before";
  clock_.advance(1);
  const DeviceReading reading = sensors_.read("cpu:0");
  EXPECT_FALSE(reading.held);
  EXPECT_EQ(reading.used_bytes, 0);
  EXPECT_EQ(reading.utilisation, 0);
  EXPECT_EQ(reading.trouble, "");
}

TEST_F(DeviceSensorsTest, OfAProcessorTheWorkerTellsWhatItHolds) {
  run("hold");
  const DeviceReading reading = sensors_.read("cpu:0");
  EXPECT_EQ(reading.held, (BytesByCategory{{5, 3, 1}}));
  EXPECT_EQ(reading.used_bytes, 9);
  EXPECT_EQ(runner_.workers("cpu:0").processes.size(), 1u);
  EXPECT_TRUE(runner_.workers("cuda:0").processes.empty());
  runner_.rest();
  EXPECT_FALSE(sensors_.read("cpu:0").held) << "its worker has ended";
}

TEST_F(DeviceSensorsTest, OfAGpuNvmlTells) {
  const DeviceReading reading = sensors_.read("cuda:0");
  EXPECT_EQ(reading.total_bytes, 24 * kSensedGibibyte);
  EXPECT_EQ(reading.used_bytes, 4 * kSensedGibibyte);
  EXPECT_GT(reading.foreign_bytes, 0);
  EXPECT_EQ(reading.utilisation, 0.37);
  EXPECT_EQ(reading.temperature_celsius, 81);
  EXPECT_EQ(reading.slowed_by, std::vector<std::string>{"heat"});
}

}  // namespace
}  // namespace clipmill
