// The dispatcher with what real estimates tell of a program that needs more than it was given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/dispatcher.h"
#include "core/testing/hand_runner.h"
#include "core/testing/memory_store.h"
#include "cost/job_estimates.h"

namespace clipmill {
namespace {

using testing::Each;

constexpr std::int64_t kGB = 1'000'000'000;

/// As LearnedEstimates in the programs, without a store.
class Learning : public Estimates {
 public:
  Demand demand(const Job& job, Part part, const DeviceSpec& device) override {
    return estimates_.demand(job.spec, device, part);
  }
  bool learn(const Attempt& attempt, const StageFinished& stage) override {
    return !estimates_.learn(attempt.spec, attempt.device, stage, attempt.part).empty();
  }
  void learn_out_of_memory(const Attempt& attempt, Stage stage, std::int64_t reserved) override {
    estimates_.learn_out_of_memory(attempt.spec, {attempt.device, attempt.plan, attempt.part}, stage,
                                   reserved);
  }

 private:
  JobEstimates estimates_;
};

class Nothing : public EventSink {
  void on_event(const Event&) override {}
};

/// A program that takes `needed` bytes, on the device where it is started; it ends well where those are
/// there.
class Program {
 public:
  explicit Program(std::vector<DeviceSpec> devices) : devices_(std::move(devices)) {
    dispatcher_.look_around();
  }

  JobId submit(const std::string& output) {
    JobSpec spec;
    spec.kind = JobKind::kCommand;
    spec.command.words = {"make"};
    spec.output = output;
    const JobId id = store_.add(spec);
    dispatcher_.add(*store_.find(id));
    return id;
  }
  void run(std::int64_t needed) {
    for (dispatcher_.start_jobs(); !runner_.running.empty(); dispatcher_.start_jobs()) {
      clock_.advance(2);
      const Attempt attempt = runner_.running.begin()->second;
      started.push_back(attempt.device);
      tell(attempt.job, StageStarted{Stage::kCommand});
      if (needed > bytes_of(attempt.device)) {
        tell(attempt.job, JobFailed{ErrorKind::kOutOfMemory, "too small", ""});
      } else {
        tell(attempt.job, StageFinished{Stage::kCommand, 5, needed});
        tell(attempt.job, JobFinished{1, 5});
      }
      dispatcher_.look_around();
    }
  }
  JobState state(JobId job) const { return store_.find(job)->state; }
  std::vector<std::string> started;

 private:
  std::int64_t bytes_of(const std::string& device) const {
    return std::ranges::find(devices_, device, &DeviceSpec::name)->bytes;
  }
  void tell(JobId job, const EventPayload& what) { dispatcher_.handle(runner_.tell(job, what)); }

  const std::vector<DeviceSpec> devices_;
  VirtualClock clock_;
  MemoryStore store_;
  HandRunner runner_;
  Nothing sink_;
  Learning estimates_;
  Scheduler scheduler_{kFifo, {}, devices_};
  Dispatcher dispatcher_{store_, runner_, sink_, scheduler_, estimates_, clock_};
};

const DeviceSpec kSmall{.name = "cuda:0", .bytes = 24 * kGB}, kLarge{.name = "cuda:1", .bytes = 80 * kGB};

TEST(EstimatesInDispatch, WhatTheSmallDeviceCannotHoldRunsOnTheLargeOne) {
  for (const auto& devices : {std::vector{kSmall, kLarge}, std::vector{kLarge, kSmall}}) {
    Program program(devices);
    const JobId first = program.submit("a"), second = program.submit("b");
    program.run(40 * kGB);
    EXPECT_EQ(program.state(first), JobState::kDone);
    EXPECT_EQ(program.state(second), JobState::kDone);
    program.started.clear();
    program.submit("c");
    program.run(40 * kGB);
    EXPECT_THAT(program.started, Each("cuda:1")) << "it is known now";
  }
}

/// Learned to take 10 GB, it takes 40 GB one day: on the small device, where it is first, or the large one.
TEST(EstimatesInDispatch, AnOutOfMemoryOnAnyDeviceIsLearnedFrom) {
  for (const auto& devices : {std::vector{kSmall, kLarge}, std::vector{kLarge, kSmall}}) {
    Program program(devices);
    program.submit("a");
    program.run(10 * kGB);
    std::vector<JobId> jobs;
    for (const std::string output : {"b", "c", "d"}) jobs.push_back(program.submit(output));
    program.run(40 * kGB);
    for (const JobId job : jobs) EXPECT_EQ(program.state(job), JobState::kDone);
  }
}

TEST(EstimatesInDispatch, WhatFitsNowhereFailsInTheEnd) {
  Program program({kSmall, kLarge});
  const JobId job = program.submit("a");
  program.run(100 * kGB);
  EXPECT_EQ(program.state(job), JobState::kFailed);
  EXPECT_LE(program.started.size(), 5u);
}

}  // namespace
}  // namespace clipmill
