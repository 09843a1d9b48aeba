// The main loop: starts what the scheduler chooses, and carries what happens into store and scheduler.
#pragma once

#include <functional>

#include "base/clock.h"
#include "core/ports.h"
#include "core/scheduler.h"

namespace clipmill {

class Dispatcher {
 public:
  /// The scheduler's devices are the runner's.
  Dispatcher(JobStore& store, Runner& runner, EventSink& sink, Scheduler& scheduler, const Clock& clock)
      : store_(store), runner_(runner), sink_(sink), scheduler_(scheduler), clock_(clock) {}

  /// Until nothing waits and nothing runs. `stopped` is looked at between events; once true, running jobs are
  /// cancelled and go back to waiting.
  void run(const std::function<bool()>& stopped);

  /// One turn of it: all that can start now, and what came of one event.
  void start_jobs();
  void handle(const Event& event);
  int running() const { return scheduler_.devices().running(); }

 private:
  void end(const Event& event, const JobFinished& result);
  void end(const Event& event, const JobFailed& failure);

  JobStore& store_;
  Runner& runner_;
  EventSink& sink_;
  Scheduler& scheduler_;
  const Clock& clock_;
};

}  // namespace clipmill
