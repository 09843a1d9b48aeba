// Devices that are lost, come back, or are held by others; estimates that change while jobs wait.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/dispatcher.h"
#include "core/testing/hand_runner.h"
#include "core/testing/memory_store.h"

namespace clipmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;

const JobFinished kMade{4, 1};
const JobFailed kNoStart{ErrorKind::kDevice, "its workers do not come up", ""};
const JobFailed kNoRoom{ErrorKind::kOutOfMemory, "too small", ""};

class Silence : public EventSink {
  void on_event(const Event&) override {}
};

/// All jobs alike: `bytes`, or what a device has where those are not known; learns to the letter.
class OneKind : public Estimates {
 public:
  Demand demand(const Job& job, Part part, const DeviceSpec& device) override {
    ++asked;
    const std::int64_t needed = part == Part::kDecode ? 1 : bytes;
    return {.seconds = seconds,
            .bytes = bytes > 0 ? needed : device.bytes,
            .guessed = bytes == 0,
            .like = job.spec.priority};
  }
  bool learn(const Attempt&, const StageFinished& stage) override {
    seconds = stage.seconds;
    return true;
  }
  void learn_out_of_memory(const Attempt&, Stage, std::int64_t reserved) override { bytes = 2 * reserved; }

  std::int64_t bytes = 10;
  double seconds = 60;
  int asked = 0;
};

class DispatcherDevices : public testing::Test {
 protected:
  void use(std::vector<DeviceSpec> devices, const std::string& states = "") {
    scheduler_.emplace(kFifo, SchedulerOptions(), std::move(devices));
    dispatcher_.emplace(store_, runner_, sink_, *scheduler_, estimates_, clock_, states);
  }
  JobId add(const std::string& output) {
    JobSpec spec;
    spec.output = output;
    const JobId id = store_.add(spec);
    dispatcher_->add(*store_.find(id));
    dispatcher_->start_jobs();
    return id;
  }
  void tell(JobId job, const EventPayload& what) {
    dispatcher_->handle(runner_.tell(job, what));
    dispatcher_->start_jobs();
  }
  void later() {
    clock_.advance(1);
    dispatcher_->look_around();
    dispatcher_->start_jobs();
  }
  void lose(const std::string& device) {
    runner_.lost.insert(device);
    later();
  }
  void find(const std::string& device) {
    runner_.lost.erase(device);
    later();
  }
  Part part(JobId job) { return runner_.running.at(job).part; }
  JobState state(JobId job) const { return store_.find(job)->state; }

  VirtualClock clock_;
  MemoryStore store_;
  HandRunner runner_;
  Silence sink_;
  OneKind estimates_;
  std::optional<Scheduler> scheduler_;
  std::optional<Dispatcher> dispatcher_;
};

const DeviceSpec kDenoiser{.name = "cpu:0", .bytes = 100},
    kDecoder{.name = "cpu:1", .bytes = 100, .lanes = 0, .decode_lanes = 1};

TEST_F(DispatcherDevices, WithoutADecoderThatIsLeftClipsAreMadeWhole) {
  use({kDenoiser, kDecoder}, "states");
  const JobId a = add("a"), b = add("b"), c = add("c");
  EXPECT_EQ(part(a), Part::kDenoise);
  tell(a, kMade);
  EXPECT_EQ(part(a), Part::kDecode);
  tell(b, kMade);  // its latents wait
  runner_.lost.insert("cpu:1");
  tell(a, kNoStart);
  EXPECT_EQ(part(c), Part::kDenoise) << "as it began";
  tell(c, kMade);
  for (const JobId job : {a, b, c}) {
    ASSERT_THAT(runner_.running, ElementsAre(Key(job)));
    EXPECT_EQ(part(job), Part::kWhole);
    tell(job, kMade);
  }
  EXPECT_EQ(store_.count(JobState::kDone), 3);
  find("cpu:1");
  EXPECT_EQ(part(add("d")), Part::kDenoise);
}

TEST_F(DispatcherDevices, WhoKilledAWorkerGetsTheLargestThatIsLeft) {
  use({{.name = "cpu:0", .bytes = 24}, {.name = "cpu:1", .bytes = 80}});
  runner_.lost.insert("cpu:1");
  later();
  const JobId a = add("a");
  tell(a, JobFailed{ErrorKind::kWorker, "died", ""});
  EXPECT_THAT(runner_.running, ElementsAre(Key(a)));
}

TEST_F(DispatcherDevices, JobsWaitForADeviceThatIsGivenUp) {
  use({kDenoiser});
  const JobId a = add("a");
  for (int i = 0; i < 5; ++i) tell(a, kNoStart);
  runner_.lost.insert("cpu:0");
  tell(a, kNoStart);
  EXPECT_EQ(state(a), JobState::kWaiting) << "it is none of its faults";
  const JobId b = add("b");
  EXPECT_THAT(runner_.running, IsEmpty());
  find("cpu:0");
  EXPECT_THAT(runner_.running, ElementsAre(Key(a)));
  tell(a, kMade);
  tell(b, kMade);
  EXPECT_EQ(store_.count(JobState::kDone), 2);
}

/// A closed batch ends: nobody repairs it meanwhile.
TEST_F(DispatcherDevices, ABatchEndsWithTheReasonWhenNoDeviceIsLeft) {
  use({kDenoiser});
  const JobId a = add("a"), b = add("b");
  runner_.lost.insert("cpu:0");
  runner_.tell(a, kNoStart);
  dispatcher_->run([] { return false; });
  for (const JobId job : {a, b}) {
    EXPECT_EQ(state(job), JobState::kFailed);
    EXPECT_EQ(store_.find(job)->failure.message, "cpu:0 is given up");
  }
}

TEST_F(DispatcherDevices, ABatchEndsWithTheBytesThatNoDeviceHas) {
  use({kDenoiser});
  estimates_.bytes = 300'000'000'000;
  const JobId a = add("a");
  dispatcher_->run([] { return false; });
  EXPECT_EQ(state(a), JobState::kFailed);
  EXPECT_THAT(store_.find(a)->failure.message, HasSubstr("it needs 279.4 GiB, and the largest device has"));
}

TEST_F(DispatcherDevices, WhatIsKnownToNeedMoreThanOthersLeaveWaits) {
  use({kDenoiser});
  runner_.foreign["cpu:0"] = 95;
  later();
  const JobId a = add("a");
  EXPECT_THAT(runner_.running, IsEmpty());
  int waits = 0;
  runner_.in_wait = [&] {
    clock_.advance(1);
    if (++waits == 5) runner_.foreign["cpu:0"] = 0;
    if (!runner_.running.empty()) runner_.tell(a, kMade);
  };
  dispatcher_->run([] { return false; });
  EXPECT_EQ(state(a), JobState::kDone);
  EXPECT_GE(waits, 5);
}

TEST_F(DispatcherDevices, TheStoreHearsWhatDevicesWaitForAndWhichStagesBegin) {
  use({kDenoiser});
  later();
  EXPECT_EQ(store_.waits.at("cpu:0"), Wait::kNothing);
  runner_.foreign["cpu:0"] = 95;
  later();
  const JobId a = add("a");
  EXPECT_EQ(store_.waits.at("cpu:0"), Wait::kMemory);
  dispatcher_->pause();
  runner_.foreign["cpu:0"] = 0;
  later();
  EXPECT_EQ(store_.waits.at("cpu:0"), Wait::kWork);
  dispatcher_->resume();
  later();
  EXPECT_EQ(store_.waits.at("cpu:0"), Wait::kNothing);
  tell(a, StageStarted{Stage::kDenoise});
  EXPECT_EQ(store_.begun.at("cpu:0"), std::pair(Stage::kDenoise, clock_.now()));
}

TEST_F(DispatcherDevices, StagesBeginWhenTheirWorkerSaysSo) {
  use({kDenoiser});
  const JobId a = add("a");
  clock_.advance(100);
  const auto begun = [&](double at) {
    Event event = runner_.tell(a, StageStarted{Stage::kDenoise});
    event.at = at;
    dispatcher_->handle(event);
    return store_.begun.at("cpu:0").second;
  };
  EXPECT_EQ(begun(97.5), 97.5);
  EXPECT_EQ(begun(0), 100) << "not told";
  EXPECT_EQ(begun(101), 100) << "it has not happened yet: another machine's clock";
  EXPECT_EQ(begun(1), 100) << "nothing is heard of so late";
}

TEST_F(DispatcherDevices, WhatIsNotKnownTakesWhatOthersLeaveAndAllOnceTheyAreGone) {
  use({kDenoiser});
  estimates_.bytes = 0;
  const JobId a = add("a"), b = add("b");
  runner_.foreign["cpu:0"] = 30;
  later();
  EXPECT_EQ(scheduler_->find(b)->demand.bytes, 70);
  runner_.foreign["cpu:0"] = 0;
  later();
  EXPECT_EQ(scheduler_->find(b)->demand.bytes, 100);
  tell(a, kMade);
  EXPECT_THAT(runner_.running, ElementsAre(Key(b)));
}

TEST_F(DispatcherDevices, WhatWasLearnedReachesThoseThatWait) {
  use({kDenoiser});
  const JobId a = add("a");
  add("b");
  add("c");
  tell(a, StageFinished{Stage::kDenoise, 5, 1});
  EXPECT_EQ(scheduler_->find(2)->demand.seconds, 60) << "once a second is enough";
  estimates_.asked = 0;
  later();
  EXPECT_EQ(estimates_.asked, 1) << "they are alike";
  for (const JobId job : {2, 3}) EXPECT_EQ(scheduler_->find(job)->demand.seconds, 5);
  estimates_.asked = 0;
  later();
  EXPECT_EQ(estimates_.asked, 0) << "nothing is new";
}

TEST_F(DispatcherDevices, ThoseLikeOneThatDidNotFitReserveMoreAtOnce) {
  use({kDenoiser, {.name = "cpu:1", .bytes = 100}});
  const JobId a = add("a");
  add("b");
  add("c");
  tell(a, kNoRoom);
  EXPECT_EQ(scheduler_->devices().free_bytes(0), 80) << "itself again";
  EXPECT_EQ(scheduler_->find(3)->demand.bytes, 20);
}

TEST_F(DispatcherDevices, APausedQueueGivesItsWorkersMemoryBack) {
  use({kDenoiser});
  const JobId a = add("a");
  dispatcher_->pause();
  dispatcher_->start_jobs();
  EXPECT_FALSE(runner_.rests) << "one still runs";
  tell(a, JobFailed{ErrorKind::kCancelled, "cancelled", ""});
  EXPECT_TRUE(runner_.rests);
}

/// 15 bytes in 10 s; within 8 bytes `slower` s.
class TwoPlans : public Estimates {
 public:
  explicit TwoPlans(double slower) : slower_(slower) {}
  Demand demand(const Job&, Part, const DeviceSpec& device) override {
    if (device.bytes >= 15) return {.seconds = 10, .bytes = 15};
    return {.seconds = slower_, .bytes = std::min<std::int64_t>(8, device.bytes), .fits = device.bytes >= 8};
  }

 private:
  double slower_;
};

/// On which of three devices of 20, 8 and 4 bytes two clips start at once.
std::vector<std::string> devices_of_two_clips(double slower) {
  MemoryStore store;
  HandRunner runner;
  Silence sink;
  VirtualClock clock;
  TwoPlans estimates(slower);
  Scheduler scheduler(
      kFifo, {},
      {{.name = "large", .bytes = 20}, {.name = "small", .bytes = 8}, {.name = "tiny", .bytes = 4}});
  Dispatcher dispatcher(store, runner, sink, scheduler, estimates, clock);
  for (const char* output : {"a.mp4", "b.mp4"}) {
    JobSpec spec;
    spec.output = output;
    dispatcher.add(*store.find(store.add(spec)));
  }
  dispatcher.start_jobs();
  std::vector<std::string> started;
  for (const auto& [job, attempt] : runner.running) started.push_back(attempt.device);
  return started;
}

TEST(DevicesOfSizes, ASmallerPlanIsTakenWhereMoreDevicesMakeMoreClips) {
  EXPECT_THAT(devices_of_two_clips(15), testing::UnorderedElementsAre("large", "small"));
  EXPECT_THAT(devices_of_two_clips(25), ElementsAre("large")) << "one does more alone";
}

}  // namespace
}  // namespace clipmill
