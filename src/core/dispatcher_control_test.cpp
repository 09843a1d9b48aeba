// What people ask of a dispatcher: cancel, hold, release, retry, change; and jobs that need others.
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

const JobFinished kFinished{4, 1};
const JobFailed kStopped{ErrorKind::kCancelled, "cancelled", ""};
const JobFailed kBroken{ErrorKind::kIo, "the disk is on fire", ""};

class EventList : public EventSink {
 public:
  void on_event(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

class DispatcherControl : public testing::Test {
 protected:
  JobId add(const std::string& output, const std::vector<std::string>& after = {}) {
    JobSpec spec;
    spec.output = output;
    spec.after = after;
    const JobId id = store_.add(spec);
    dispatcher_.add(*store_.find(id));
    dispatcher_.start_jobs();
    return id;
  }
  void tell(JobId job, const EventPayload& what) {
    dispatcher_.handle(runner_.tell(job, what));
    dispatcher_.start_jobs();
  }
  JobState state(JobId job) const { return store_.find(job)->state; }

  const VirtualClock clock_;
  MemoryStore store_;
  HandRunner runner_;
  EventList sink_;
  NoEstimates estimates_;
  Scheduler scheduler_{kFifo, {}, {{.name = "cpu:0"}, {.name = "cpu:1"}}};
  Dispatcher dispatcher_{store_, runner_, sink_, scheduler_, estimates_, clock_};
};

TEST_F(DispatcherControl, AWaitingJobThatIsCancelledNeverStarts) {
  const JobId a = add("a"), b = add("b"), c = add("c");
  EXPECT_TRUE(dispatcher_.cancel(c));
  EXPECT_FALSE(dispatcher_.cancel(c)) << "it is over";
  tell(a, kFinished);
  EXPECT_THAT(runner_.running, ElementsAre(Key(b)));
  EXPECT_EQ(state(c), JobState::kCancelled);
}

TEST_F(DispatcherControl, ARunningJobThatIsCancelledEndsBetweenSteps) {
  const JobId a = add("a");
  EXPECT_TRUE(dispatcher_.cancel(a));
  EXPECT_THAT(runner_.cancelled, ElementsAre(a));
  EXPECT_EQ(state(a), JobState::kRunning);
  tell(a, kStopped);
  EXPECT_EQ(state(a), JobState::kCancelled);
  EXPECT_THAT(runner_.running, IsEmpty());
}

TEST_F(DispatcherControl, AJobThatEndsBeforeItHearsOfItsCancelIsDone) {
  const JobId a = add("a");
  dispatcher_.cancel(a);
  tell(a, kFinished);
  EXPECT_EQ(state(a), JobState::kDone);
}

TEST_F(DispatcherControl, AHeldJobWaitsUntilItIsReleased) {
  const JobId a = add("a");
  dispatcher_.hold(a);
  EXPECT_THAT(runner_.cancelled, ElementsAre(a));
  tell(a, kStopped);
  EXPECT_EQ(state(a), JobState::kWaiting);
  EXPECT_THAT(runner_.running, IsEmpty());
  dispatcher_.release(a);
  dispatcher_.start_jobs();
  EXPECT_THAT(runner_.running, ElementsAre(Key(a)));
}

TEST_F(DispatcherControl, APausedQueueStartsNothingAndLosesNothing) {
  const JobId a = add("a");
  dispatcher_.pause();
  tell(a, kStopped);
  add("b");
  EXPECT_THAT(runner_.running, IsEmpty());
  dispatcher_.resume();
  dispatcher_.start_jobs();
  EXPECT_EQ(runner_.running.size(), 2u);
}

TEST_F(DispatcherControl, WhoNeedsAJobStartsWhenItIsDone) {
  const JobId a = add("a"), b = add("b", {"a"});
  EXPECT_THAT(runner_.running, ElementsAre(Key(a)));
  tell(a, kFinished);
  EXPECT_THAT(runner_.running, ElementsAre(Key(b)));
}

TEST_F(DispatcherControl, WhoNeedsAJobThatFailsFailsWithAReasonAndAnEvent) {
  const JobId a = add("a"), b = add("b", {"a"}), c = add("c", {"b"});
  tell(a, kBroken);
  for (const JobId job : {b, c}) {
    EXPECT_EQ(state(job), JobState::kFailed);
    EXPECT_EQ(store_.find(job)->failure.kind, ErrorKind::kDependency);
  }
  EXPECT_THAT(store_.find(b)->failure.message, HasSubstr("job 1 (a), which is failed"));
  ASSERT_GE(sink_.events.size(), 2u);
  EXPECT_EQ(sink_.events.back().job, c);
  EXPECT_THAT(std::get<JobFailed>(sink_.events.back().what).message, HasSubstr("job 2 (b)"));
}

TEST_F(DispatcherControl, WhoNeedsAJobThatIsCancelledFails) {
  const JobId a = add("a"), b = add("b", {"a"});
  dispatcher_.cancel(a);
  EXPECT_EQ(state(b), JobState::kWaiting) << "it may still be done";
  tell(a, kStopped);
  EXPECT_THAT(store_.find(b)->failure.message, HasSubstr("which is cancelled"));
}

/// As after a crash between the failure and what follows from it.
TEST_F(DispatcherControl, WhoNeedsAJobThatHasFailedFailsWhenItIsAdded) {
  const JobId a = add("a");
  tell(a, kBroken);
  EXPECT_EQ(state(add("b", {"a"})), JobState::kFailed);
}

TEST_F(DispatcherControl, RetryBringsBackWhoFailedWithTheJob) {
  const JobId a = add("a"), b = add("b", {"a"}), c = add("c", {"b"}), unwanted = add("d", {"a"});
  dispatcher_.cancel(unwanted);
  tell(a, kBroken);
  dispatcher_.retry(a);
  dispatcher_.start_jobs();
  EXPECT_EQ(state(unwanted), JobState::kCancelled) << "nobody asked for it again";
  for (const JobId job : {a, b, c}) tell(job, kFinished);
  EXPECT_EQ(store_.count(JobState::kDone), 3);
}

/// The store refuses it; one of an earlier version did not.
TEST_F(DispatcherControl, ACircleOfNeedsEndsARetry) {
  const JobId f = add("f"), p = add("p", {"f"}), q = add("q", {"p"});
  add("p", {"f", "q"});
  tell(f, kBroken);
  dispatcher_.retry(f);
  dispatcher_.start_jobs();
  tell(f, kFinished);
  for (const JobId job : {p, q}) EXPECT_EQ(state(job), JobState::kWaiting) << "for each other";
}

TEST_F(DispatcherControl, RetryOfOneThatIsDoneDoesNothing) {
  const JobId a = add("a");
  tell(a, kFinished);
  dispatcher_.retry(a);
  EXPECT_EQ(state(a), JobState::kDone);
}

TEST_F(DispatcherControl, AJobThatIsChangedWhileItRunsEndsFirstAndRunsAgain) {
  const JobId a = add("a");
  add("a");
  EXPECT_THAT(runner_.cancelled, ElementsAre(a));
  EXPECT_EQ(dispatcher_.running(), 1) << "one at a time, whatever it is";
  tell(a, kStopped);
  EXPECT_THAT(runner_.running, ElementsAre(Key(a)));
  tell(a, kFinished);
  EXPECT_EQ(state(a), JobState::kDone);
}

TEST_F(DispatcherControl, WhatAChangedJobStillFinishesDoesNotCount) {
  const JobId a = add("a"), b = add("b", {"a"});
  for (const EventPayload& end : {EventPayload(kFinished), EventPayload(kBroken)}) {
    add("a");
    tell(a, end);
    EXPECT_EQ(state(a), JobState::kRunning) << "as it is now";
    EXPECT_EQ(state(b), JobState::kWaiting);
  }
  const auto retried = [](const Event& event) { return std::holds_alternative<JobRetried>(event.what); };
  EXPECT_EQ(std::ranges::count_if(sink_.events, retried), 2);
}

TEST_F(DispatcherControl, AChangedJobThatIsCancelledNeverRunsAgain) {
  for (const EventPayload& end : {EventPayload(kStopped), EventPayload(kFinished)}) {
    const JobId a = add("a");
    add("a");
    EXPECT_TRUE(dispatcher_.cancel(a));
    EXPECT_EQ(state(a), JobState::kCancelled);
    tell(a, end);
    EXPECT_EQ(state(a), JobState::kCancelled);
    EXPECT_THAT(runner_.running, IsEmpty());
    EXPECT_EQ(std::get<JobFailed>(sink_.events.back().what).kind, ErrorKind::kCancelled);
  }
}

TEST_F(DispatcherControl, ASubmissionAfterACancelIsMade) {
  const JobId a = add("a");
  add("a");
  dispatcher_.cancel(a);
  add("a");
  tell(a, kStopped);
  EXPECT_THAT(runner_.running, ElementsAre(Key(a)));
}

TEST_F(DispatcherControl, AWaitingJobThatIsChangedWaitsAsItIsNow) {
  const JobId a = add("a"), b = add("b"), c = add("c");
  add("d");
  add("c", {"d"});
  tell(a, kFinished);
  EXPECT_THAT(runner_.running, ElementsAre(Key(b), Key(4))) << "c needs d now";
  tell(4, kFinished);
  EXPECT_THAT(runner_.running, ElementsAre(Key(b), Key(c)));
}

TEST_F(DispatcherControl, ALateEventOfAnotherAttemptChangesNothing) {
  const JobId a = add("a");
  dispatcher_.handle({a, 99, "cpu:0", kFinished});
  EXPECT_EQ(state(a), JobState::kRunning);
}

}  // namespace
}  // namespace clipmill
