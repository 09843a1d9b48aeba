// Clips in two parts: denoised in one lane, decoded in another, whatever fails between.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "core/dispatcher.h"
#include "core/testing/memory_store.h"

namespace clipmill {
namespace {

/// Job i needs i bytes to be denoised and half of that to be decoded; after an out-of-memory twice as much.
class ByNumber : public Estimates {
 public:
  Demand demand(const Job& job, Part part, const DeviceSpec& device) override {
    const std::int64_t bytes = job.id << doubled_[job.id],
                       needed = part == Part::kDecode ? (bytes + 1) / 2 : bytes;
    return {.seconds = 1, .bytes = std::min(needed, device.bytes), .fits = needed <= device.bytes};
  }
  void learn_out_of_memory(const Attempt& attempt, Stage, std::int64_t) override { ++doubled_[attempt.job]; }

 private:
  std::map<JobId, int> doubled_;
};

/// Ends attempts in an order that a seed decides, and watches what runs beside what.
class LanesRunner : public Runner {
 public:
  LanesRunner(std::vector<DeviceSpec> devices, Estimates& estimates, const JobStore& store, unsigned seed,
              int trouble_percent)
      : devices_(std::move(devices)),
        estimates_(estimates),
        store_(store),
        random_(seed),
        trouble_percent_(trouble_percent) {}

  bool available(const std::string&) const override { return true; }
  void start(const Attempt& attempt) override {
    EXPECT_EQ(attempt.state_file, "states/" + std::to_string(attempt.job));
    const bool denoised = attempt.part != Part::kDecode || denoised_.erase(attempt.id) == 1;
    EXPECT_TRUE(denoised) << "decoded before it was denoised";
    running_.push_back(attempt);
    check(attempt.device);
    most_ = std::max(most_, running_.size());
  }
  std::optional<Event> next_event() override {
    if (!events_.empty()) return take();
    EXPECT_FALSE(running_.empty()) << "waits for ever";
    if (running_.empty()) return std::nullopt;
    const Attempt attempt = running_[below(running_.size())];
    const int dice = static_cast<int>(below(100));
    if (cancelled_) {
      end(attempt, JobFailed{ErrorKind::kCancelled, "cancelled", ""});
    } else if (dice < trouble_percent_ / 2) {
      lose(attempt.device);
    } else if (dice < trouble_percent_) {
      end(attempt, JobFailed{ErrorKind::kOutOfMemory, "too small", ""});
    } else {
      if (attempt.part == Part::kDenoise) denoised_.insert(attempt.id);
      end(attempt, JobFinished{1, 2.0});
    }
    return take();
  }
  void wait(double) override {}
  void cancel(const Attempt&) override { cancelled_ = true; }

  std::size_t most() const { return most_; }
  bool idle() const { return running_.empty(); }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  Event take() {
    Event event = events_.front();
    events_.erase(events_.begin());
    return event;
  }
  void end(const Attempt& attempt, EventPayload what) {
    std::erase_if(running_, [&](const Attempt& other) { return other.id == attempt.id; });
    events_.push_back({attempt.job, attempt.id, attempt.device, std::move(what)});
  }
  void lose(const std::string& device) {
    for (const Attempt& attempt : std::vector(running_)) {
      if (attempt.device == device) end(attempt, JobFailed{ErrorKind::kWorker, "died", ""});
    }
  }
  void check(const std::string& device) const {
    const auto spec = std::ranges::find(devices_, device, &DeviceSpec::name);
    std::int64_t bytes = 0;
    int main = 0, decode = 0;
    for (const Attempt& attempt : running_) {
      if (attempt.device != device) continue;
      ++(attempt.part == Part::kDecode ? decode : main);
      const Job job = *store_.find(attempt.job);
      bytes += job.crashes > 0 ? 0 : estimates_.demand(job, attempt.part, *spec).bytes;
    }
    EXPECT_LE(main, spec->lanes);
    EXPECT_LE(decode, spec->decode_lanes);
    EXPECT_LE(bytes, spec->bytes);
  }

  const std::vector<DeviceSpec> devices_;
  Estimates& estimates_;
  const JobStore& store_;
  std::mt19937 random_;
  const int trouble_percent_;
  std::vector<Attempt> running_;
  std::vector<Event> events_;
  std::set<AttemptId> denoised_;
  std::size_t most_ = 0;
  bool cancelled_ = false;
};

class Nobody : public EventSink {
  void on_event(const Event&) override {}
};

struct Outcome {
  MemoryStore store;
  std::size_t most = 0;
  bool idle = false;
};

Outcome run(int count, const std::vector<DeviceSpec>& devices, unsigned seed, int trouble_percent,
            int stop_after = 1 << 30) {
  Outcome outcome{MemoryStore(count)};
  ByNumber estimates;
  LanesRunner runner(devices, estimates, outcome.store, seed, trouble_percent);
  Nobody nobody;
  const VirtualClock clock;
  Scheduler scheduler(kFifo, {}, devices);
  Dispatcher dispatcher(outcome.store, runner, nobody, scheduler, estimates, clock, "states");
  for (const Job& job : outcome.store.jobs()) dispatcher.add(job);
  int turns = 0;
  dispatcher.run([&] { return ++turns > stop_after; });
  outcome.most = runner.most();
  outcome.idle = runner.idle();
  return outcome;
}

std::vector<DeviceSpec> some_devices() {
  std::vector<DeviceSpec> devices = {
      {.name = "cpu:0", .bytes = 40, .lanes = 1, .decode_lanes = *rc::gen::inRange(0, 2)}};
  const int more = *rc::gen::inRange(0, 3);
  for (int i = 1; i <= more; ++i) {
    const int role = *rc::gen::inRange(0, 3);
    devices.push_back({.name = "cpu:" + std::to_string(i),
                       .bytes = *rc::gen::inRange(20, 60),
                       .lanes = role == 1 ? 0 : 1,
                       .decode_lanes = role == 0 ? 0 : 1});
  }
  return devices;
}

RC_GTEST_PROP(DispatcherParts, EveryClipIsDoneOnceOrGivenUp, ()) {
  const int count = *rc::gen::inRange(0, 25);
  const Outcome outcome =
      run(count, some_devices(), *rc::gen::arbitrary<unsigned>(), *rc::gen::inRange(0, 60));
  const int done = outcome.store.count(JobState::kDone);
  RC_ASSERT(outcome.idle);
  RC_ASSERT(done + outcome.store.count(JobState::kQuarantined) + outcome.store.count(JobState::kFailed) ==
            count);
}

RC_GTEST_PROP(DispatcherParts, AStopLeavesNothingRunning, ()) {
  const int count = *rc::gen::inRange(1, 25);
  const Outcome outcome =
      run(count, some_devices(), *rc::gen::arbitrary<unsigned>(), 10, *rc::gen::inRange(0, 40));
  RC_ASSERT(outcome.idle);
  RC_ASSERT(outcome.store.count(JobState::kRunning) == 0);
}

TEST(DispatcherParts, TheNextClipIsDenoisedWhileOneIsDecoded) {
  const std::vector<DeviceSpec> device = {{.name = "cpu:0", .bytes = 100, .decode_lanes = 1}};
  const Outcome outcome = run(6, device, 3, 0);
  EXPECT_EQ(outcome.most, 2u);
  EXPECT_EQ(outcome.store.count(JobState::kDone), 6);
  EXPECT_EQ(outcome.store.find(1)->result.seconds, 4) << "both parts";
}

TEST(DispatcherParts, WithoutADecodeLaneAClipIsWhole) {
  const Outcome outcome = run(6, {{.name = "cpu:0", .bytes = 100}}, 3, 0);
  EXPECT_EQ(outcome.most, 1u);
  EXPECT_EQ(outcome.store.find(1)->result.seconds, 2);
}

}  // namespace
}  // namespace clipmill
