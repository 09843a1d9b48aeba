#include "sensors/nvml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sensors/foreign_memory.h"

namespace clipmill {
namespace {

constexpr std::int64_t kGibibyte = std::int64_t{1} << 30;

TEST(Nvml, WithoutADriverThereAreNoGpus) {
  for (const char* library : {"no-such-library.so", "libc.so.6"}) {
    const Nvml nvml(library);
    EXPECT_EQ(nvml.count(), 0u);
    EXPECT_FALSE(nvml.processes(0));
    EXPECT_EQ(nvml.gpu(0).error, "no driver");
  }
}

TEST(Nvml, TellsOfGpusAndWhichDoNotAnswer) {
  const Nvml nvml(CLIPMILL_FAKE_NVML);
  ASSERT_EQ(nvml.count(), 2u);
  EXPECT_EQ(nvml.gpu(0).name, "Fake GPU 24GB");
  EXPECT_EQ(nvml.gpu(0).total_bytes, 24 * kGibibyte);
  EXPECT_EQ(nvml.gpu(0).free_bytes, 20 * kGibibyte);
  EXPECT_EQ(nvml.gpu(1).error, "GPU is lost");
  EXPECT_FALSE(nvml.processes(1));
}

TEST(Nvml, ListsMoreProcessesThanFitAtFirst) {
  const auto processes = Nvml(CLIPMILL_FAKE_NVML).processes(0);
  ASSERT_TRUE(processes);
  ASSERT_EQ(processes->size(), 100u);
  EXPECT_EQ(processes->at(97).pid, 4242);
  EXPECT_EQ(processes->at(97).bytes, 3 * kGibibyte);
  EXPECT_EQ(processes->at(99).bytes, 0) << "it does not tell";
}

TEST(Nvml, TellsHowAGpuIsDoing) {
  const Nvml nvml(CLIPMILL_FAKE_NVML);
  const GpuVitals vitals = nvml.vitals(0);
  EXPECT_DOUBLE_EQ(vitals.utilisation.value(), 0.37);
  EXPECT_DOUBLE_EQ(vitals.power_watts.value(), 412.5);
  EXPECT_DOUBLE_EQ(vitals.temperature_celsius.value(), 81);
  EXPECT_THAT(vitals.slowed_by, testing::ElementsAre("heat")) << "a power cap is none of its troubles";
  EXPECT_FALSE(vitals.memory_errors) << "the driver has no such function";
}

TEST(Nvml, OfALostGpuNothingIsTold) {
  for (const GpuVitals& vitals : {Nvml(CLIPMILL_FAKE_NVML).vitals(1), Nvml("no-such-library.so").vitals(0)}) {
    EXPECT_FALSE(vitals.utilisation);
    EXPECT_FALSE(vitals.power_watts);
    EXPECT_FALSE(vitals.temperature_celsius);
    EXPECT_THAT(vitals.slowed_by, testing::IsEmpty());
  }
}

TEST(ForeignMemory, IsWhatOthersHold) {
  const Nvml nvml(CLIPMILL_FAKE_NVML);
  ForeignMemory foreign(nvml, 0);
  const pid_t ours[] = {4242};
  EXPECT_EQ(foreign.bytes({}), (97 * 5 + 3 + 1) * kGibibyte);
  EXPECT_EQ(foreign.bytes(ours), (97 * 5 + 1) * kGibibyte);
}

TEST(ForeignMemory, WithoutOurOwnAmongThemTheEarlierFigureCounts) {
  const Nvml nvml(CLIPMILL_FAKE_NVML);
  ForeignMemory foreign(nvml, 0);
  const pid_t elsewhere[] = {77};
  EXPECT_EQ(foreign.bytes(elsewhere), 0);
  foreign.bytes({});
  EXPECT_EQ(foreign.bytes(elsewhere), (97 * 5 + 3 + 1) * kGibibyte);
}

}  // namespace
}  // namespace clipmill
