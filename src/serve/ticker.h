// Calls something again and again, on a thread of its own, until its end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace clipmill {

class Ticker {
 public:
  Ticker(std::chrono::milliseconds every, std::function<void()> tick)
      : thread_([this, every, tick = std::move(tick)](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!stopped_.wait_for(lock, stop, every, [&] { return stop.stop_requested(); })) tick();
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // the last: it ends before what it waits by
};

}  // namespace clipmill
