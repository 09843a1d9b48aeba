#include "stages/worker.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace clipmill {
namespace {

constexpr double kGraceSeconds = 5;

}  // namespace

void Worker::run() {
  const Heartbeats heartbeats(connection_, link::kHeartbeatSeconds, held_);
  listen();
  // The main program is gone: nobody would take the results.
  denoise_.close();
  decode_.close();
  leave_in_time();
}

void Worker::listen() try {
  while (const auto text = connection_.receive()) obey(link::decode_to_worker(*text));
} catch (const Error& error) {
  fmt::print(stderr, "clipmill-worker: {}\n", error.what());
}

void Worker::obey(const link::ToWorker& message) {
  std::visit(Overloaded{
                 [&](const link::RunJob& run) {
                   (run.attempt.part == Part::kDecode ? decode_ : denoise_).give(run.attempt);
                 },
                 [&](const link::Cancel& cancel) {
                   denoise_.cancel(cancel.attempt);
                   decode_.cancel(cancel.attempt);
                 },
             },
             message);
}

/// A step of a big model can take minutes, and the memory is wanted: half-written files are removed by the
/// next run.
void Worker::leave_in_time() const {
  const double deadline = clock_.now() + kGraceSeconds;
  const auto ended = [&] { return denoise_.ended() && decode_.ended(); };
  while (!ended() && clock_.now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  if (!ended()) std::_Exit(1);
}

}  // namespace clipmill
