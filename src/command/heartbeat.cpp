#include "command/heartbeat.h"

#include <chrono>

#include "link/messages.h"

namespace clipmill {

Heartbeat::Heartbeat(std::function<void()> beat)
    : beat_(std::move(beat)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Heartbeat::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    beat_();
    ended_.wait_for(lock, stop, std::chrono::duration<double>(link::kHeartbeatSeconds), [] { return false; });
  }
}

}  // namespace clipmill
