// A device, a worker that serves it, and the attempts that run there: one a lane.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ports.h"
#include "fleet/leak_account.h"
#include "fleet/worker_process.h"
#include "link/messages.h"

namespace clipmill {

struct SlotOptions {
  bool show_output = false;
  double silence_seconds = 0;  ///< of a worker that is taken for hung; 0: never
};

/// What happens is appended to `events`; exactly one JobFinished or JobFailed ends each attempt.
class DeviceSlot {
 public:
  DeviceSlot(std::string device, const WorkerCommand& command, const Clock& clock, SlotOptions options,
             std::deque<Event>& events);

  const std::string& device() const { return device_; }
  bool idle() const { return running_.empty(); }
  /// Whether the lane of that part is taken.
  bool busy(Part part) const;
  /// For now, after two workers in a row that did not get ready: it is tried again after a pause, which
  /// doubles with each further one. For good, where a worker refused the device.
  bool given_up() const { return refused_ || (failed_starts_ >= kStarts && clock_.now() < retry_at_); }
  /// Why.
  JobFailed trouble() const;
  WorkerProcess* worker() { return worker_.get(); }
  /// What the worker told last of the device's memory; of none, nothing.
  const std::optional<BytesByCategory>& held() const { return held_; }
  /// That it computes with, as it told.
  int threads() const { return threads_; }

  void start(const Attempt& attempt);
  void cancel(AttemptId attempt);
  /// Ends an idle worker, whose memory somebody else on the device needs.
  void rest();
  /// Takes one message from the worker, or notices that it is gone.
  void receive();
  /// Kills a worker that has been silent for too long.
  void check_alive();

 private:
  static constexpr int kStarts = 2;

  void handle(const link::Hello& hello);
  void handle(const link::Refusal& refusal);
  void handle(const link::Heartbeat& heartbeat);
  void handle(Event event);
  bool is_waiting(AttemptId attempt) const;
  bool all_wait() const { return waiting_.size() == running_.size(); }
  void give_waiting();
  void remove(AttemptId attempt);
  void worker_is_gone();
  /// Ends the worker, and the attempts with it.
  void break_off(const JobFailed& why);

  const std::string device_;
  const WorkerCommand& command_;
  const Clock& clock_;
  const SlotOptions options_;
  std::deque<Event>& events_;
  std::unique_ptr<WorkerProcess> worker_;
  std::vector<Attempt> running_;
  std::vector<AttemptId> waiting_;  ///< those of them that the worker after this one is given
  bool ready_ = false;              ///< the worker has said Hello
  std::optional<BytesByCategory> held_;
  int threads_ = 1;
  double heard_ = 0;       ///< when it last said anything
  int failed_starts_ = 0;  ///< in a row
  bool refused_ = false;   ///< the device itself, by a worker that knows
  double retry_at_ = 0;    ///< when the pause after the last of them is over
  LeakAccount leaks_;
  JobFailed last_failure_{};
};

}  // namespace clipmill
