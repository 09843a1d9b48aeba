// A studio whose power fails: the daemon's real queue (Service, Dispatcher, SqliteStore) on a SimulatedDisk,
// with workers that write clips of known bytes and sometimes die, and a customer who remembers every promise.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ports.h"
#include "serve/service.h"
#include "simulated_disk.h"

namespace clipmill {

/// The power went, or the program was killed: nothing of it runs any more.
struct Gone {};

/// How much happens in a studio.
struct StudioOptions {
  unsigned seed = 1;
  int clips = 8;
  int actions = 30;             ///< of the customer: submissions, changes, cancellations, pauses, …
  bool workers_fail = true;     ///< sometimes: they die, run out of memory, do not come up
  bool two_parts = false;       ///< denoised and decoded in lanes of their own
  bool clock_jumps = false;     ///< the wall clock, by hours, in both directions
  bool remake_allowed = false;  ///< where a full disk made a job fail after its clip had its name
};

/// What the customer knows of a clip.
struct Order {
  int asked = 0;     ///< the latest version that was asked for
  int promised = 0;  ///< the latest whose submission returned
  JobId job = 0;
  bool done = false;  ///< said to be done, in that version
};

class Studio {
 public:
  explicit Studio(const StudioOptions& options);

  SimulatedDisk& disk() { return disk_; }
  std::mt19937& random() { return random_; }
  /// One life of the daemon: until all is done (true), or until power or disk end it. Throws Error(kIo) where
  /// the daemon gives up though there is power.
  bool live();
  /// What must hold after each life: the file's integrity, every promise, whole clips. Adds to problems().
  void check();
  /// What went wrong so far, for people.
  const std::vector<std::string>& problems() const { return problems_; }
  int made() const { return made_; }

 private:
  void act(Service& service);
  void submit(Service& service);
  void finish_up(Service& service);
  bool all_done(const JobStore& store) const;
  void check_integrity();
  void check_promise(int clip, const Order& order, const std::map<std::string, Job>& jobs);
  void check_files();
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  void problem(const std::string& text) { problems_.push_back(text); }

  const StudioOptions options_;
  std::mt19937 random_;
  VirtualClock clock_;
  double wall_offset_ = 1.8e9;
  SimulatedDisk disk_;
  std::map<int, Order> orders_;
  int actions_left_;
  int waits_ = 0;
  int made_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace clipmill
