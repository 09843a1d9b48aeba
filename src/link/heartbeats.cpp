#include "link/heartbeats.h"

#include <chrono>

#include "link/messages.h"

namespace clipmill {

Heartbeats::Heartbeats(link::Connection& connection, double seconds)
    : connection_(connection),
      seconds_(seconds),
      thread_([this](const std::stop_token& stop) { beat(stop); }) {}

void Heartbeats::beat(const std::stop_token& stop) {
  const std::string message = link::encode(link::FromWorker(link::Heartbeat{}));
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested() && connection_.send(message))
    wake_.wait_for(lock, stop, std::chrono::duration<double>(seconds_), [] { return false; });
}

}  // namespace clipmill
