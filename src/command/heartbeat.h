// A sign of life at even intervals, from a thread of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace clipmill {

/// Beats every link::kHeartbeatSeconds until it is destroyed.
class Heartbeat {
 public:
  explicit Heartbeat(std::function<void()> beat);

 private:
  void run(const std::stop_token& stop);

  std::function<void()> beat_;
  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace clipmill
