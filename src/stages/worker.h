// The worker's side of the link: takes attempts, gives each to its lane, and is heard of while they run.
#pragma once

#include "link/heartbeats.h"
#include "stages/lane.h"

namespace clipmill {

/// Decoding has a lane of its own, so that one clip is decoded while the next is denoised. Everything else
/// has the other: parts up to the latents, whole clips, training.
class Worker {
 public:
  /// `held`: what heartbeats tell of the device's memory.
  Worker(Lane& denoise, Lane& decode, const Clock& clock, link::Connection& connection,
         Heartbeats::Held held = nullptr)
      : denoise_(denoise), decode_(decode), clock_(clock), connection_(connection), held_(std::move(held)) {}

  /// Returns when the main program is gone and the lanes have ended; if they do not in time, the process ends
  /// here.
  void run();

 private:
  void listen();
  void obey(const link::ToWorker& message);
  void leave_in_time() const;

  Lane& denoise_;
  Lane& decode_;
  const Clock& clock_;
  link::Connection& connection_;
  const Heartbeats::Held held_;
};

}  // namespace clipmill
