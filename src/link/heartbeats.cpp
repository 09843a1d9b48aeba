#include "link/heartbeats.h"

#include <chrono>

namespace clipmill {

Heartbeats::Heartbeats(link::Connection& connection, double seconds, Held held)
    : connection_(connection),
      seconds_(seconds),
      held_(std::move(held)),
      thread_([this](const std::stop_token& stop) { beat(stop); }) {}

void Heartbeats::beat(const std::stop_token& stop) {
  const auto message = [this] {
    return link::encode(link::FromWorker(held_ ? link::Heartbeat{held_()} : link::Heartbeat{}));
  };
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested() && connection_.send(message()))
    wake_.wait_for(lock, stop, std::chrono::duration<double>(seconds_), [] { return false; });
}

}  // namespace clipmill
