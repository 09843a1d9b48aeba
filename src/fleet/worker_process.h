// One worker process: started by exec, spoken to over a socket, ended at the latest when this object is.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fleet/output_tail.h"
#include "link/connection.h"

namespace clipmill {

/// What is a device's own.
struct OfDevice {
  std::vector<std::string> arguments = {};  ///< more of them
  /// Bytes that a worker may leave behind in all: then another takes its place, between two jobs. kNoLimit:
  /// none ever does, whatever grows.
  std::int64_t most_leaked = std::int64_t{256} << 20;
};

/// How a worker is started; "--link-fd 3 --device NAME" is appended.
struct WorkerCommand {
  std::filesystem::path program;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment = {};  ///< where ours has none of that name
  std::map<std::string, OfDevice> of_device = {};

  OfDevice of(const std::string& device) const {
    const auto own = of_device.find(device);
    return own == of_device.end() ? OfDevice() : own->second;
  }
};

/// The worker is a process group of its own: Ctrl-C in the terminal reaches this program alone, which then
/// says what to do. A worker whose parent is gone, however it went, reads the end of its socket and must
/// exit.
class WorkerProcess {
 public:
  /// Throws Error(kWorker) if the program cannot be executed.
  WorkerProcess(const WorkerCommand& command, const std::string& device, bool show_output);
  /// Closes the socket, gives the worker a moment to leave, then kills it.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  pid_t pid() const { return pid_; }
  link::Connection& connection() { return *connection_; }
  OutputTail& output() { return *output_; }

  /// Closes the socket, so that the worker leaves; wait_for_end() sees to it that it does.
  void hang_up() { connection_.reset(); }
  /// Reaps the process, killing it once `grace_seconds` are over. Returns its wait status; later calls return
  /// the same.
  int wait_for_end(double grace_seconds = 2);
  /// Whether wait_for_end() had to kill it.
  bool killed() const { return killed_; }

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  bool killed_ = false;
  std::unique_ptr<link::Connection> connection_;
  std::unique_ptr<OutputTail> output_;
};

}  // namespace clipmill
