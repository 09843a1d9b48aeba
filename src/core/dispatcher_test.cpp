#include "core/dispatcher.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "core/testing/memory_store.h"

namespace clipmill {
namespace {

MemoryStore store_of(int count) {
  MemoryStore store;
  for (int id = 1; id <= count; ++id) {
    JobSpec spec;
    spec.output = std::to_string(id);
    spec.priority = id % 3;
    store.add(spec);
  }
  return store;
}

/// Devices whose attempts make progress, end well, or die, in an order that a seed decides.
class FakeRunner : public Runner {
 public:
  FakeRunner(int devices, unsigned seed, int death_percent) : random_(seed), death_percent_(death_percent) {
    for (int i = 0; i < devices; ++i) idle_.push_back("cpu:" + std::to_string(i));
  }

  bool available(const std::string&) const override { return true; }
  void start(const Attempt& attempt) override {
    EXPECT_EQ(std::erase(idle_, attempt.device), 1u) << "started on a busy device";
    running_.push_back(attempt);
    started_.push_back(attempt.job);
  }
  std::optional<Event> next_event() override {
    EXPECT_FALSE(running_.empty()) << "waits for ever";
    if (running_.empty() || below(8) == 0) return std::nullopt;
    const std::size_t chosen = static_cast<std::size_t>(below(static_cast<int>(running_.size())));
    const Attempt attempt = running_[chosen];
    if (!cancelled_ && below(3) > 0)
      return Event{attempt.job, attempt.id, attempt.device, StageFinished{Stage::kDenoise, 1.0, 5}};
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(chosen));
    idle_.push_back(attempt.device);
    return Event{attempt.job, attempt.id, attempt.device, ending()};
  }
  void wait(double) override {}
  void cancel(const Attempt& attempt) override {
    EXPECT_EQ(std::ranges::count(running_, attempt.id, &Attempt::id), 1) << "does not run";
    ++cancels_;
    cancelled_ = true;
  }

  std::vector<DeviceSpec> specs() const {
    std::vector<DeviceSpec> specs;
    for (const std::string& device : idle_) specs.push_back({.name = device, .bytes = 1});
    return specs;
  }
  std::size_t idle() const { return idle_.size(); }
  const std::vector<JobId>& started() const { return started_; }
  int cancels() const { return cancels_; }
  int deaths() const { return deaths_; }
  int running() const { return static_cast<int>(running_.size()); }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  EventPayload ending() {
    if (cancelled_) return JobFailed{ErrorKind::kCancelled, "cancelled", ""};
    if (below(100) >= death_percent_) return JobFinished{1000, 2.0};
    ++deaths_;
    return JobFailed{ErrorKind::kWorker, "the worker died", ""};
  }

  std::mt19937 random_;
  const int death_percent_;
  std::vector<std::string> idle_;
  std::vector<Attempt> running_;
  std::vector<JobId> started_;
  bool cancelled_ = false;
  int cancels_ = 0, deaths_ = 0;
};

/// Counts how often each job was said to start and to end.
class CountingSink : public EventSink {
 public:
  void on_event(const Event& event) override {
    if (std::holds_alternative<JobStarted>(event.what)) ++starts[event.job];
    if (std::holds_alternative<JobRetried>(event.what)) {
      EXPECT_EQ(starts[event.job], 1);
      starts.erase(event.job);
    }
    if (std::holds_alternative<JobFinished>(event.what) || std::holds_alternative<JobFailed>(event.what)) {
      EXPECT_EQ(starts[event.job], 1);
      ++ends[event.job];
    }
  }
  std::map<JobId, int> starts, ends;
};

/// All jobs of `store` on all devices of `runner`, by `fair`.
void run(MemoryStore& store, FakeRunner& runner, EventSink& sink, const std::function<bool()>& stopped) {
  const VirtualClock clock;
  Scheduler scheduler(kFair, {}, runner.specs());
  NoEstimates estimates;
  Dispatcher dispatcher(store, runner, sink, scheduler, estimates, clock);
  for (const Job& job : store.jobs()) dispatcher.add(job);
  dispatcher.run(stopped);
}

RC_GTEST_PROP(Dispatcher, EveryJobEndsExactlyOnceWhateverDies, ()) {
  const int count = *rc::gen::inRange(0, 30), devices = *rc::gen::inRange(1, 5);
  MemoryStore store = store_of(count);
  FakeRunner runner(devices, *rc::gen::arbitrary<unsigned>(), *rc::gen::inRange(0, 101));
  CountingSink sink;
  run(store, runner, sink, [] { return false; });

  RC_ASSERT(store.count(JobState::kDone) + store.count(JobState::kQuarantined) == count);
  int crashes = 0;
  RC_ASSERT(static_cast<int>(runner.idle()) == devices);
  RC_ASSERT(runner.cancels() == 0);
  for (const Job& job : store.jobs()) {
    crashes += job.crashes;
    RC_ASSERT(job.attempts == job.crashes + (job.state == JobState::kDone ? 1 : 0));
    RC_ASSERT(sink.ends[job.id] == 1);
    if (job.state == JobState::kQuarantined) RC_ASSERT(job.crashes == 2);
  }
  RC_ASSERT(crashes == runner.deaths());
}

RC_GTEST_PROP(Dispatcher, AStopGivesEverythingThatRunsBack, ()) {
  const int count = *rc::gen::inRange(1, 30);
  const int polls = *rc::gen::inRange(0, 60);
  MemoryStore store = store_of(count);
  FakeRunner runner(*rc::gen::inRange(1, 5), *rc::gen::arbitrary<unsigned>(), 20);
  CountingSink sink;
  int polled = 0, running_at_stop = 0;
  run(store, runner, sink, [&] {
    const bool stop = ++polled > polls;
    if (stop) running_at_stop = runner.running();
    return stop;
  });

  RC_ASSERT(store.count(JobState::kRunning) == 0);
  RC_ASSERT(sink.starts.size() == sink.ends.size());
  if (polls == 0) RC_ASSERT(runner.started().empty());
  RC_ASSERT(runner.cancels() == running_at_stop);  // each once
  const int open = store.count(JobState::kWaiting);
  RC_ASSERT(open == 0 || polled > polls);
  RC_ASSERT(open + store.count(JobState::kDone) + store.count(JobState::kQuarantined) == count);
}

TEST(Dispatcher, OneDeviceTakesJobsByPriorityThenAge) {
  MemoryStore store = store_of(6);
  FakeRunner runner(1, 7, 0);
  CountingSink sink;
  run(store, runner, sink, [] { return false; });
  EXPECT_EQ(runner.started(), (std::vector<JobId>{2, 5, 1, 4, 3, 6}));
}

TEST(Dispatcher, StageMeasurementsReachTheStore) {
  MemoryStore store = store_of(20);
  FakeRunner runner(2, 7, 0);
  CountingSink sink;
  run(store, runner, sink, [] { return false; });
  EXPECT_GT(store.recorded(), 0);
}

}  // namespace
}  // namespace clipmill
