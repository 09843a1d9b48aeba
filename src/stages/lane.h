// One thread of a worker that runs attempts one after the other.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/channel.h"
#include "core/ports.h"
#include "link/connection.h"
#include "stages/work.h"
#include "vram/leak_finder.h"

namespace clipmill {

/// Lanes of one worker share its device and its link; threads, cores and models are each lane's own.
class Lane {
 public:
  /// The thread is pinned and has its thread count before it computes anything. `runners` throw what failed.
  Lane(Device& device, WorkerSettings settings, JobRunners runners, const Clock& clock,
       link::Connection& connection);
  /// Waits for the attempt at work.
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// Takes its turn after those given before.
  void give(const Attempt& attempt);
  /// Ends it between steps; one that this lane does not have is none of its business.
  void cancel(AttemptId attempt);
  /// Ends the attempts that it has, and takes no more.
  void close();
  /// Whether the thread came to its end, after close().
  bool ended() const { return ended_; }

 private:
  void work();
  void run(const Attempt& attempt);
  void run_job(const Attempt& attempt, const Report& report, bool alone, ResidentBlocks& kept);
  void look_for_leaks(std::vector<Leak> leaks, bool settled, const Report& report) const;
  StopFlag& stop_flag(AttemptId attempt);

  Device& device_;
  const WorkerSettings settings_;
  const JobRunners runners_;
  const Clock& clock_;
  link::Connection& connection_;
  Channel<Attempt> attempts_;
  std::mutex stops_mutex_;
  std::map<AttemptId, StopFlag> stops_;  // of the attempts that it has
  std::set<std::string> known_jobs_;  // kinds of them that ran before: what libraries keep for them is there
  std::atomic<bool> ended_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace clipmill
