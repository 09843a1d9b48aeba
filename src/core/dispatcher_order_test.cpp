// Jobs start in the order of the policy, whatever people and workers do meanwhile.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/dispatcher.h"
#include "core/testing/hand_runner.h"
#include "core/testing/memory_store.h"

namespace clipmill {
namespace {

/// First come, first served on one device: nobody starts while one who may start came before.
class InOrder : public EventSink {
 public:
  explicit InOrder(const MemoryStore& store) : store_(store) {}
  void on_event(const Event& event) override {
    if (!std::holds_alternative<JobStarted>(event.what)) return;
    const Job started = *store_.find(event.job);
    for (const Job& other : store_.jobs()) {
      if (other.state != JobState::kWaiting || other.held) continue;
      RC_ASSERT(std::pair(started.submitted, started.id) < std::pair(other.submitted, other.id));
    }
  }

 private:
  const MemoryStore& store_;
};

class BusyPeople {
 public:
  void act() {
    clock_.advance(1);
    store_.now = clock_.now();
    switch (*rc::gen::inRange(0, 9)) {
      case 0:
      case 1:
        return submit(++jobs_);
      case 2:
        return submit(any());
      case 3:
        return dispatcher_.add(*store_.find(any()));  // asked for again as it is
      case 4:
        return dispatcher_.paused() ? dispatcher_.resume() : dispatcher_.pause();
      case 5:
        return dispatcher_.hold(any());
      case 6:
        return dispatcher_.release(any());
      default:
        return end();
    }
  }
  void settle() { dispatcher_.start_jobs(); }
  void finish() {
    if (dispatcher_.paused()) dispatcher_.resume();
    for (JobId job = 1; job <= jobs_; ++job) dispatcher_.release(job);
    for (settle(); !runner_.running.empty(); settle()) end();
    RC_ASSERT(store_.count(JobState::kWaiting) == 0);
  }

 private:
  JobId any() {
    if (jobs_ == 0) submit(++jobs_);
    return *rc::gen::inRange<JobId>(1, jobs_ + 1);
  }
  void submit(JobId job) {
    JobSpec spec;
    spec.output = std::to_string(job);
    dispatcher_.add(*store_.find(store_.add(spec)));
  }
  void end() {
    if (runner_.running.empty()) return;
    const JobId job = runner_.running.begin()->first;
    const bool dies = *rc::gen::inRange(0, 4) == 0;
    if (runner_.cancelled.contains(job)) {
      dispatcher_.handle(runner_.tell(job, JobFailed{ErrorKind::kCancelled, "cancelled", ""}));
    } else if (dies) {
      dispatcher_.handle(runner_.tell(job, JobFailed{ErrorKind::kWorker, "died", ""}));
    } else {
      dispatcher_.handle(runner_.tell(job, JobFinished{1, 1}));
    }
  }

  VirtualClock clock_;
  MemoryStore store_;
  HandRunner runner_;
  InOrder sink_{store_};
  NoEstimates estimates_;
  Scheduler scheduler_{kFifo, {}, {{.name = "cpu:0"}}};
  Dispatcher dispatcher_{store_, runner_, sink_, scheduler_, estimates_, clock_};
  JobId jobs_ = 0;
};

RC_GTEST_PROP(DispatcherOrder, FollowsThePolicyWhateverHappens, ()) {
  BusyPeople people;
  const int acts = *rc::gen::inRange(1, 60);
  for (int i = 0; i < acts; ++i) {
    people.act();
    people.settle();
  }
  people.finish();
}

}  // namespace
}  // namespace clipmill
