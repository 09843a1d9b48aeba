// The worker's side of the link: takes jobs one after the other, runs them, tells what happens.
#pragma once

#include <atomic>

#include "base/channel.h"
#include "link/connection.h"
#include "link/messages.h"
#include "stages/work.h"

namespace clipmill {

class Worker {
 public:
  Worker(Device& device, WorkerSettings settings, JobRunners runners, const Clock& clock,
         link::Connection& connection)
      : device_(device),
        settings_(settings),
        runners_(std::move(runners)),
        clock_(clock),
        connection_(connection),
        attempts_(1) {}

  /// Returns when the main program is gone.
  void run();

 private:
  void listen();
  void obey(const link::ToWorker& message);
  void leave_in_time() const;
  void run_attempt(const Attempt& attempt);
  void run_job(const JobSpec& job, const Report& report);

  Device& device_;
  const WorkerSettings settings_;
  const JobRunners runners_;
  const Clock& clock_;
  link::Connection& connection_;
  Channel<Attempt> attempts_;
  StopFlag stop_;
  std::atomic<bool> ended_{false};
};

}  // namespace clipmill
