// What the main program and a worker say to each other, and in which version of the words.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/memory_category.h"
#include "core/ports.h"

namespace clipmill::link {

/// Both sides refuse another version: they are built together.
inline constexpr int kVersion = 6;

// To the worker.
struct RunJob {
  Attempt attempt;
};
/// End the attempt between steps; an attempt that does not run is none of the worker's business.
struct Cancel {
  AttemptId attempt = 0;
};
using ToWorker = std::variant<RunJob, Cancel>;

// From the worker.
struct Hello {
  int version = kVersion;
  std::string device;
  std::string torch;
  int threads = 0;
};
/// Instead of Hello, and the last word: the device cannot be used, and another worker would find it so, too.
struct Refusal {
  std::string message, hint;
};
/// Every kHeartbeatSeconds, whatever the worker is busy with: silence means that it hangs or is stopped.
struct Heartbeat {
  std::optional<BytesByCategory> held = {};  ///< of the device's memory, now; absent: it does not tell
};
inline constexpr double kHeartbeatSeconds = 1;
using FromWorker = std::variant<Hello, Heartbeat, Event, Refusal>;

/// JSON text of one message, and back. Decoding throws Error(kWorker) on anything malformed.
std::string encode(const ToWorker& message);
std::string encode(const FromWorker& message);
ToWorker decode_to_worker(const std::string& text);
FromWorker decode_from_worker(const std::string& text);

}  // namespace clipmill::link
