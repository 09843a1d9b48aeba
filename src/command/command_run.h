// Runs one job's program to its end, watching what it prints, holds and takes.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "command/guarded_program.h"
#include "command/memory_probe.h"
#include "core/ports.h"

namespace clipmill {

struct CommandSettings {
  GuardCommand guard;
  std::string python_folder;  ///< holds the sitecustomize.py of the memory report
};

/// What a run needs of the world. `report` takes its events but the last; `stopped` says that nobody wants
/// the clip any more, `alone` that nobody is there, who might wait while the program ends.
struct CommandWorld {
  const CommandSettings& settings;
  const Clock& clock;
  MemoryProbe& probe;
  std::function<void(EventPayload)> report;
  std::function<bool()> stopped, alone;
  std::atomic<std::int64_t>& held;  ///< bytes that the program holds now, for whoever asks
};

/// The clip lies under its final name when it returns. What the program printed lies beside it as OUTPUT.log,
/// also when this throws: Error of the kinds that verdict.h and part_file.h name, kCancelled, or kIo.
JobFinished run_command(const Attempt& attempt, const CommandWorld& world);

}  // namespace clipmill
