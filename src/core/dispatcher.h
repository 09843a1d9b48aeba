// The main loop: starts what the scheduler chooses, and carries what happens into store and scheduler.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "base/clock.h"
#include "core/ports.h"
#include "core/scheduler.h"

namespace clipmill {

class Dispatcher {
 public:
  /// The scheduler's devices are the runner's.
  Dispatcher(JobStore& store, Runner& runner, EventSink& sink, Scheduler& scheduler, Estimates& estimates,
             const Clock& clock)
      : store_(store),
        runner_(runner),
        sink_(sink),
        scheduler_(scheduler),
        estimates_(estimates),
        clock_(clock) {}

  /// Until nothing can start and nothing runs. `stopped` is looked at between events; once true, running jobs
  /// are cancelled and go back to waiting.
  void run(const std::function<bool()>& stopped);

  /// One turn of it: all that can start now, and what came of one event.
  void start_jobs();
  void handle(const Event& event);

  /// A job of the store may start, once what it needs is done; `submitted` on the dispatcher's clock.
  void add(const Job& job, double submitted);
  /// Ends it, now or between two steps. False if it was over.
  bool cancel(JobId job);
  /// Keeps a job from starting; one that runs ends between two steps, keeps what it has, and waits.
  void hold(JobId job);
  void release(JobId job);
  /// Lets a job that is over, but not done, wait again.
  void retry(JobId job);
  /// hold() and release() for everything, without changing single jobs.
  void pause();
  void resume() { paused_ = false; }
  bool paused() const { return paused_; }

  int running() const { return static_cast<int>(running_.size()); }
  const std::map<JobId, Attempt>& attempts() const { return running_; }

 private:
  void add(JobId job);
  void end(const Event& event, const JobFinished& result);
  void end(const Event& event, const JobFailed& failure);
  JobState next_state(JobId job, const JobFailed& failure) const;
  void start_dependents(JobId job);
  void fail_dependents(JobId job);

  JobStore& store_;
  Runner& runner_;
  EventSink& sink_;
  Scheduler& scheduler_;
  Estimates& estimates_;
  const Clock& clock_;
  std::map<JobId, Attempt> running_;
  std::set<JobId> cancelled_;  // of those that run
  bool paused_ = false;
};

}  // namespace clipmill
