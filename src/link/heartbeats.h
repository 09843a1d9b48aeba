// Tells the main program that this process is alive, whatever its other threads are busy with.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "link/connection.h"
#include "link/messages.h"

namespace clipmill {

/// Sends link::Heartbeat now and every `seconds`, from a thread of its own, until it is destroyed.
class Heartbeats {
 public:
  /// What the process holds of the device now; asked by that thread.
  using Held = std::function<BytesByCategory()>;
  /// `held` null: the heartbeats do not tell.
  Heartbeats(link::Connection& connection, double seconds, Held held = nullptr);

 private:
  void beat(const std::stop_token& stop);

  link::Connection& connection_;
  const double seconds_;
  const Held held_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace clipmill
