#include "observe/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/policy/policy.h"
#include "core/testing/memory_store.h"

namespace clipmill {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Says of every device what it was told to say.
class SaidSensors : public Sensors {
 public:
  DeviceReading read(const std::string&) override { return reading; }
  DeviceReading reading;
};

class HeardAlarms : public AlarmSink {
 public:
  void on_alarm(const Alarm& alarm) override { heard.push_back(to_text(alarm)); }
  std::vector<std::string> heard;
};

class WatchTest : public testing::Test {
 protected:
  WatchTest() {
    store_.now = 1'000;
    JobSpec spec;
    spec.output = "a.mp4";
    spec.priority = 1;
    store_.add(spec);
  }

  void go_to(double time) {
    while (clock_.now() < time) {
      clock_.advance(1);
      watch_.look();
    }
  }
  void tell(EventPayload what) { watch_.on_event({1, 1, "cpu:0", std::move(what)}); }

  MemoryStore store_;
  VirtualClock clock_;
  Scheduler scheduler_{find_policy("fifo"), {}, {DeviceSpec{"cpu:0", 1'000}}};
  SaidSensors sensors_;
  HeardAlarms alarms_;
  Watch watch_{{store_, scheduler_, sensors_, clock_, [this] { return 1'000 + clock_.now(); },
                [] { return false; }, alarms_},
               {.alarms = {.window = 10}, .interactive_from = 1, .wait_window = 100, .sample_seconds = 1}};
};

TEST_F(WatchTest, TellsWhatRunsWhereAndHowMuchIsHeld) {
  sensors_.reading.held = BytesByCategory{{100, 20, 3}};
  tell(JobStarted{});
  tell(StageProgress{Stage::kDenoise, 3, 8});
  go_to(1);
  const Health health = watch_.health();
  ASSERT_EQ(health.sample.devices.size(), 1u);
  const DeviceSample& device = health.sample.devices[0];
  EXPECT_EQ(device.budget_bytes, 1'000);
  EXPECT_EQ(device.reading.held->total(), 123);
  ASSERT_EQ(device.jobs.size(), 1u);
  EXPECT_EQ(device.jobs[0].name + " " + device.jobs[0].stage, "a.mp4 denoise");
  EXPECT_EQ(device.jobs[0].kind, JobClass::kInteractive);
  EXPECT_EQ(device.jobs[0].done, 3);
}

TEST_F(WatchTest, TellsOfAlarmsWhenTheyChange) {
  sensors_.reading.held = BytesByCategory{{950, 0, 0}};
  go_to(30);
  ASSERT_EQ(alarms_.heard.size(), 1u);
  EXPECT_THAT(alarms_.heard[0], HasSubstr("device_memory of cpu:0 fires: 95 %, the limit is 90 %"));
  EXPECT_THAT(watch_.metrics(),
              HasSubstr("clipmill_alarm_firing{alarm=\"device_memory\",subject=\"cpu:0\"} 1"));
  sensors_.reading.held = BytesByCategory{{100, 0, 0}};
  go_to(60);
  EXPECT_THAT(alarms_.heard.back(), HasSubstr("is over"));
}

TEST_F(WatchTest, AWaitIsFromSubmissionToStart) {
  go_to(30);
  store_.begin_attempt(1, "cpu:0");
  tell(JobStarted{});
  go_to(40);
  tell(JobFinished{5, 10});
  go_to(41);
  EXPECT_DOUBLE_EQ(watch_.health().sample.waiting_share[0].value(), 0.75);
  EXPECT_THAT(watch_.metrics(), HasSubstr("clipmill_job_waiting_seconds_sum{class=\"interactive\"} 30"));
  EXPECT_THAT(watch_.metrics(), HasSubstr("clipmill_job_running_seconds_sum{class=\"interactive\"} 10"));
  EXPECT_THAT(watch_.metrics(), HasSubstr("clipmill_jobs_ended_total{outcome=\"done\"} 1"));
}

TEST_F(WatchTest, OfASecondAttemptNoWaitIsKnown) {
  const JobFailed died{ErrorKind::kWorker, "it died", ""};
  const Attempt first = store_.begin_attempt(1, "cpu:0");
  tell(JobStarted{});
  store_.finish(first.id, died, JobState::kWaiting);
  tell(JobRetried{died});
  store_.begin_attempt(1, "cpu:0");
  tell(JobStarted{});
  go_to(1);
  tell(JobFinished{5, 10});
  EXPECT_THAT(watch_.metrics(), Not(HasSubstr("clipmill_job_waiting_seconds_sum{")));
  EXPECT_THAT(watch_.metrics(), HasSubstr("clipmill_job_retries_total{reason=\"worker\"} 1"));
}

TEST_F(WatchTest, WhatWaitsCountsBeforeItStarts) {
  WaitingJob job{1, 1, 0, kNever};
  job.demand.seconds = 10;
  scheduler_.add(job, 0);
  go_to(30);
  EXPECT_EQ(watch_.health().sample.startable, 1);
  EXPECT_DOUBLE_EQ(watch_.health().sample.waiting_share[0].value(), 0.75);
}

TEST_F(WatchTest, IsReadyWhileADeviceWorksAndTimeGoesOn) {
  EXPECT_THAT(watch_.unready(), HasSubstr("not looked"));
  go_to(1);
  EXPECT_EQ(watch_.unready(), "");
  sensors_.reading.trouble = "no GPU";
  go_to(2);
  EXPECT_EQ(watch_.unready(), "no device works: no GPU");
  sensors_.reading.trouble = "";
  go_to(3);
  clock_.advance(60);
  EXPECT_THAT(watch_.unready(), HasSubstr("not looked"));
}

TEST_F(WatchTest, LooksNoMoreOftenThanSamplesAreDue) {
  go_to(1);
  for (int i = 0; i < 10; ++i) watch_.look();
  EXPECT_EQ(watch_.history(3600).size(), 1u);
}

}  // namespace
}  // namespace clipmill
