// A device, the worker that serves it, and the attempt that runs there.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/ports.h"
#include "fleet/worker_process.h"
#include "link/messages.h"

namespace clipmill {

/// What happens is appended to `events`; exactly one JobFinished or JobFailed ends each attempt.
class DeviceSlot {
 public:
  DeviceSlot(std::string device, const WorkerCommand& command, bool show_output, std::deque<Event>& events)
      : device_(std::move(device)), command_(command), show_output_(show_output), events_(events) {}

  const std::string& device() const { return device_; }
  bool idle() const { return !running_; }
  bool given_up() const { return failed_starts_ >= kStarts; }
  WorkerProcess* worker() { return worker_.get(); }

  void start(const Attempt& attempt);
  void cancel();
  /// Takes one message from the worker, or notices that it is gone.
  void receive();

 private:
  static constexpr int kStarts = 2;

  void handle(const link::Hello& hello);
  void handle(const link::Heartbeat& heartbeat);
  void handle(Event event);
  void worker_is_gone();
  /// Ends the worker, and the attempt with it.
  void break_off(const std::string& message, const std::string& hint);

  const std::string device_;
  const WorkerCommand& command_;
  const bool show_output_;
  std::deque<Event>& events_;
  std::unique_ptr<WorkerProcess> worker_;
  std::optional<Attempt> running_;
  bool ready_ = false;     ///< the worker has said Hello
  int failed_starts_ = 0;  ///< in a row
  JobFailed last_failure_{};
};

}  // namespace clipmill
