// Tells the main program that this process is alive, whatever its other threads are busy with.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "link/connection.h"

namespace clipmill {

/// Sends link::Heartbeat now and every `seconds`, from a thread of its own, until it is destroyed.
class Heartbeats {
 public:
  Heartbeats(link::Connection& connection, double seconds);

 private:
  void beat(const std::stop_token& stop);

  link::Connection& connection_;
  const double seconds_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace clipmill
