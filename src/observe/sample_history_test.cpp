#include "observe/sample_history.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

Sample sample_at(double time, bool busy) {
  Sample sample;
  sample.time = time;
  sample.devices.resize(2);
  sample.devices[0].reading.held = BytesByCategory{{1, 2, 3}};
  if (busy) sample.devices[0].jobs.resize(1);
  return sample;
}

TEST(SampleHistory, KeepsAnHourAndNoMore) {
  SampleHistory history(3600, 10'000);
  for (int i = 0; i <= 5'000; ++i) history.add(sample_at(i, false));
  const auto points = history.last(1e9);
  EXPECT_EQ(points.size(), 3601u);
  EXPECT_EQ(points.front().time, 1400);
  EXPECT_EQ(history.last(10).size(), 11u);
  EXPECT_EQ(history.last(10).front().time, 4990);
}

TEST(SampleHistory, IsBoundedHoweverOftenOneLooks) {
  SampleHistory history(3600, 100);
  for (int i = 0; i < 1'000; ++i) history.add(sample_at(i / 1000.0, false));
  EXPECT_EQ(history.last(3600).size(), 100u);
}

TEST(SampleHistory, TellsWhatWasHeldAndHowBusyDevicesWere) {
  SampleHistory history;
  EXPECT_EQ(history.load(10), 0);
  for (int i = 0; i < 10; ++i) history.add(sample_at(i, i >= 5));
  EXPECT_EQ(history.last(0).front().devices[0].held.total(), 6);
  EXPECT_EQ(history.last(0).front().devices[1].held.total(), 0) << "nothing was told";
  EXPECT_DOUBLE_EQ(history.load(4), 0.5) << "one of two devices";
  EXPECT_DOUBLE_EQ(history.load(100), 0.25);
}

}  // namespace
}  // namespace clipmill
