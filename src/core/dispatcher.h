// The main loop: fills idle devices with waiting jobs, and carries what happens into the store.
#pragma once

#include <functional>
#include <vector>

#include "core/ports.h"

namespace clipmill {

class Dispatcher {
 public:
  /// `stopped` is polled between events; once true, running jobs are cancelled and go back to waiting.
  Dispatcher(JobStore& store, Runner& runner, EventSink& sink, std::function<bool()> stopped)
      : store_(store), runner_(runner), sink_(sink), stopped_(std::move(stopped)) {}

  /// Returns when nothing waits and nothing runs, or when stopped.
  void run(std::vector<Job> waiting);

 private:
  void fill_devices();
  void handle(const Event& event);
  void finish(const Event& event, const JobFailed& failure);

  JobStore& store_;
  Runner& runner_;
  EventSink& sink_;
  std::function<bool()> stopped_;
  std::vector<Job> waiting_;
  int running_ = 0;
  bool cancelling_ = false;
};

}  // namespace clipmill
