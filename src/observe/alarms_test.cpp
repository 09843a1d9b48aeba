#include "observe/alarms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace clipmill {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kAlarmBudget = 1'000;

/// One device with a job of the batch class on it, which holds so much and computes for so much of the time.
Sample device_at(double time, double full, double busy) {
  Sample sample;
  sample.time = time;
  DeviceSample device{"cpu:0", kAlarmBudget};
  device.reading.held = BytesByCategory{{0, 0, static_cast<std::int64_t>(full * kAlarmBudget)}};
  device.reading.utilisation = busy;
  device.jobs = {{1, "a.mp4", JobClass::kBatch, "denoise"}};
  sample.devices = {device};
  return sample;
}

Sample waiting_at(double time, double share) {
  Sample sample;
  sample.time = time;
  sample.devices = {DeviceSample{"cpu:0", kAlarmBudget}};
  sample.waiting_share[static_cast<std::size_t>(JobClass::kInteractive)] = share;
  return sample;
}

Alarm the(const Alarms& alarms, const std::string& name) {
  for (const Alarm& alarm : alarms.all()) {
    if (alarm.name == name) return alarm;
  }
  return {};
}

TEST(Alarms, FireWhenTheMeanOverAWholeWindowIsBeyondTheLimit) {
  Alarms alarms({.window = 10});
  for (int t = 0; t < 10; ++t) EXPECT_THAT(alarms.take(device_at(t, 0.95, 1), 0), IsEmpty()) << t;
  const auto changed = alarms.take(device_at(10, 0.95, 1), 0);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].name + " " + changed[0].subject, "device_memory cpu:0");
  EXPECT_TRUE(changed[0].firing);
  EXPECT_EQ(changed[0].since, 10);
  EXPECT_THAT(changed[0].advice, HasSubstr("memory plan"));
}

TEST(Alarms, AreToldOnce) {
  Alarms alarms({.window = 2});
  std::size_t told = 0;
  for (int t = 0; t < 50; ++t) told += alarms.take(device_at(t, 0.95, 1), 0).size();
  EXPECT_EQ(told, 1u);
}

TEST(Alarms, AShortPeakDoesNotFire) {
  Alarms alarms({.window = 10});
  for (int t = 0; t < 50; ++t)
    EXPECT_THAT(alarms.take(device_at(t, t % 10 == 5 ? 1 : 0.85, 1), 0), IsEmpty());
}

TEST(Alarms, AreOverOnlyWithAMargin) {
  Alarms alarms({.window = 2});
  for (int t = 0; t < 5; ++t) alarms.take(device_at(t, 0.95, 1), 0);
  for (int t = 5; t < 20; ++t) EXPECT_THAT(alarms.take(device_at(t, 0.87, 1), 0), IsEmpty());
  std::vector<Alarm> changed;
  for (int t = 20; t < 25 && changed.empty(); ++t) changed = alarms.take(device_at(t, 0.80, 1), 0);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_FALSE(changed[0].firing);
  EXPECT_EQ(changed[0].advice, "");
}

TEST(Alarms, OfWhatIsNotMeasuredAnyMoreAreOverAfterAWindow) {
  Alarms alarms({.window = 4});
  for (int t = 0; t < 6; ++t) alarms.take(device_at(t, 0.1, 0.2), 0);
  EXPECT_TRUE(the(alarms, "device_utilisation").firing);
  Sample idle = device_at(7, 0.1, 0);
  idle.devices[0].jobs.clear();  // nothing runs and nothing waits: there is no use to be made of it
  EXPECT_THAT(alarms.take(idle, 0), IsEmpty());
  idle.time = 12;
  EXPECT_EQ(alarms.take(idle, 0).size(), 1u);
}

TEST(Alarms, DoNotFireOfWhatIsMeasuredNoMore) {
  Alarms alarms({.window = 10});
  for (int t = 0; t < 6; ++t) EXPECT_THAT(alarms.take(device_at(t, 0.1, 0.2), 0), IsEmpty());
  for (int t = 6; t < 30; ++t) {
    Sample idle = device_at(t, 0.1, 0);
    idle.devices[0].jobs.clear();
    EXPECT_THAT(alarms.take(idle, 0), IsEmpty()) << t;
  }
}

TEST(Alarms, FireThoughTheWindowIsShorterThanTheTimeBetweenSamples) {
  Alarms alarms({.window = 1});
  EXPECT_THAT(alarms.take(device_at(0, 0.95, 1), 0), IsEmpty());
  EXPECT_EQ(alarms.take(device_at(2, 0.95, 1), 0).size(), 1u);
}

TEST(Alarms, UseCountsOnlyWhileThereIsWork) {
  Alarms alarms({.window = 2});
  Sample idle = device_at(0, 0.1, 0);
  idle.devices[0].jobs[0].kind = JobClass::kInteractive;
  for (idle.time = 0; idle.time < 9; ++idle.time) alarms.take(idle, 0);
  EXPECT_FALSE(the(alarms, "device_utilisation").firing) << "somebody's job alone is no reason";
  idle.startable = 1;
  for (; idle.time < 18; ++idle.time) alarms.take(idle, 0);
  EXPECT_TRUE(the(alarms, "device_utilisation").firing);
}

TEST(Alarms, TakeTheUsersLimits) {
  Alarms alarms({.window = 2, .limits = {{"device_memory", 0.5}}});
  for (int t = 0; t < 5; ++t) alarms.take(device_at(t, 0.6, 1), 0);
  EXPECT_TRUE(the(alarms, "device_memory").firing);
  EXPECT_EQ(the(alarms, "device_memory").limit, 0.5);
}

TEST(Alarms, ThatWaitingNamesTheDevicesThatWouldDo) {
  Alarms alarms({.window = 2});
  for (int t = 0; t < 5; ++t) alarms.take(waiting_at(t, 0.6), 0.6);
  const Alarm alarm = the(alarms, "waiting_share");
  EXPECT_TRUE(alarm.firing);
  EXPECT_EQ(alarm.subject, "interactive");
  EXPECT_THAT(alarm.advice, HasSubstr("another device"));
  EXPECT_THAT(alarm.advice, HasSubstr("takes 2"));
}

TEST(Alarms, ThatWaitingAtALowLoadBlamesTheOrder) {
  Alarms alarms({.window = 2, .policy = "fifo"});
  for (int t = 0; t < 5; ++t) {
    Sample sample = waiting_at(t, 0.6);
    sample.devices[0].jobs = {{1, "a.mp4", JobClass::kBatch, "denoise"}};
    alarms.take(sample, 0.05);
  }
  EXPECT_THAT(the(alarms, "waiting_share").advice, HasSubstr("another policy"));
}

TEST(Alarms, ALostDeviceIsOne) {
  Alarms alarms({.window = 2});
  Sample sample = device_at(0, 0.1, 1);
  sample.devices[0].reading.trouble = "cpu:0 is given up";
  for (; sample.time < 5; ++sample.time) alarms.take(sample, 0);
  EXPECT_TRUE(the(alarms, "device_lost").firing);
  EXPECT_THAT(the(alarms, "device_lost").advice, HasSubstr("cpu:0 is given up"));
}

TEST(Alarms, OfACardsSensorsFire) {
  Alarms alarms({.window = 2});
  Sample sample = device_at(0, 0.1, 1);
  sample.devices[0].reading.temperature_celsius = 91;
  sample.devices[0].reading.slowed_by = {"heat"};
  sample.devices[0].reading.memory_errors = 1;
  for (; sample.time < 5; ++sample.time) alarms.take(sample, 0);
  EXPECT_TRUE(the(alarms, "device_memory_errors").firing);
  EXPECT_THAT(the(alarms, "device_slowed").advice, HasSubstr("heat at 91"));
}

TEST(Alarm, IsShownInPercentWhereItIsAShare) {
  EXPECT_EQ(to_text({"device_memory", "cpu:0", true, 0, 0.95, 0.9, "do this"}),
            "device_memory of cpu:0 fires: 95 %, the limit is 90 %; do this");
  EXPECT_EQ(to_json(Alarm{"device_memory", "cpu:0", true, 0, 0.95, 0.9, "do this"}).at("state"), "firing");
}

}  // namespace
}  // namespace clipmill
