// The worker's side of the link for commands: takes jobs one after the other, runs them, tells what happens.
#pragma once

#include <atomic>

#include "base/channel.h"
#include "command/command_run.h"
#include "link/connection.h"
#include "link/messages.h"

namespace clipmill {

class CommandWorker {
 public:
  CommandWorker(std::string device, CommandSettings settings, const Clock& clock,
                link::Connection& connection);

  /// Returns when the main program is gone, and with it what was running.
  void run();

 private:
  void listen();
  void obey(const link::ToWorker& message);
  void run_attempt(const Attempt& attempt);
  JobFinished make(const Attempt& attempt);
  void send(const link::FromWorker& message) { connection_.send(link::encode(message)); }

  const std::string device_;
  const CommandSettings settings_;
  const Clock& clock_;
  link::Connection& connection_;
  const std::unique_ptr<MemoryProbe> probe_;
  std::atomic<std::int64_t> held_{0};  ///< bytes, by the program that runs
  Channel<Attempt> attempts_;
  std::atomic<AttemptId> cancelled_{0};
  std::atomic<bool> alone_{false};  ///< the main program is gone: nobody would take the result
};

}  // namespace clipmill
