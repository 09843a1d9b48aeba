// Runs attempts in worker processes on this machine: of the engine one a device, and one beside it for
// programs of the user's.
#pragma once

#include <poll.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ports.h"
#include "fleet/device_slot.h"
#include "sensors/foreign_memory.h"

namespace clipmill {

/// The programs that serve a device.
struct WorkerCommands {
  WorkerCommand engine;
  WorkerCommand command;  ///< for JobKind::kCommand
};

/// The processes that serve a device, those of the user's programs too.
struct DeviceWorkers {
  std::vector<pid_t> processes;
  std::optional<BytesByCategory> held;  ///< of its memory, by all of them; absent: none tells
  int threads = 1;                      ///< that they compute with
};

struct LocalRunnerOptions {
  /// Readable when the user interrupts (eventfd or self-pipe); next_event() reads it empty. −1: none.
  int interrupt_fd = -1;
  /// Whether what workers print also goes to our stderr (--verbose).
  bool show_output = false;
  /// A worker that says nothing for so long hangs, or is stopped: it is killed and replaced. 0: never.
  double silence_seconds = 20;
  std::string nvml = "libnvidia-ml.so.1";
};

/// A worker is started by the first attempt on its device and stays for the following ones, until the other
/// program needs the device; one that dies takes its attempt with it, and the next attempt starts another. A
/// device whose workers twice in a row ended before they were ready is given up for a while: an attempt there
/// fails at once, saying why. Destroyed, it ends its workers.
class LocalRunner : public Runner {
 public:
  LocalRunner(const std::vector<std::string>& devices, WorkerCommands workers, const Clock& clock,
              LocalRunnerOptions options = {});

  bool available(const std::string& device) const override;
  JobFailed trouble(const std::string& device) const override;
  /// Never throws for a worker's sake: trouble becomes the attempt's JobFailed.
  std::int64_t foreign_bytes(const std::string& device) override;
  /// Those who work on the device, and what they told last.
  DeviceWorkers workers(const std::string& device);
  void start(const Attempt& attempt) override;
  std::optional<Event> next_event() override;
  /// Also ends at an interrupt. Only looks: next_event() takes in, so that other calls may come between from
  /// whoever keeps them apart.
  void wait(double seconds) override;
  void cancel(const Attempt& attempt) override;
  void rest() override;

 private:
  static void add_family(std::vector<pid_t>& processes, pid_t worker);
  std::size_t first_slot(const std::string& device) const;
  std::vector<pollfd> wanted();
  void take_in();

  const WorkerCommands workers_;
  const LocalRunnerOptions options_;
  std::deque<Event> events_;  ///< happened, not yet handed out
  const Nvml nvml_{options_.nvml};
  std::map<std::string, ForeignMemory> foreign_;  ///< of the GPUs
  std::deque<DeviceSlot> slots_;                  ///< of device i: 2 i the engine's, 2 i + 1 the commands'
};

}  // namespace clipmill
