// The worker's side of the link: takes jobs one after the other, runs them, tells what happens.
#pragma once

#include <atomic>
#include <optional>

#include "base/channel.h"
#include "link/connection.h"
#include "link/messages.h"
#include "stages/clip_job.h"

namespace clipmill {

class Worker {
 public:
  Worker(Device& device, WorkerSettings settings, const Clock& clock, link::Connection& connection)
      : device_(device), settings_(settings), clock_(clock), connection_(connection), attempts_(1) {}

  /// Returns when the main program is gone.
  void run();

 private:
  void listen();
  void obey(const link::ToWorker& message);
  void leave_in_time() const;
  void run_attempt(const Attempt& attempt);
  void run_clip(const JobSpec& job, const Report& report);
  ResidentModel& open_model(const JobSpec& job, const Report& report);

  Device& device_;
  const WorkerSettings settings_;
  const Clock& clock_;
  link::Connection& connection_;
  Channel<Attempt> attempts_;
  StopFlag stop_;
  std::atomic<bool> ended_{false};
  std::optional<ResidentModel> model_;
};

}  // namespace clipmill
