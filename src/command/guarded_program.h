// A program under a guard, as the worker sees it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "command/guard.h"
#include "command/spawn.h"

namespace clipmill {

/// How to start this program as a guard: "--guard-fd 3 -- WORDS" is appended.
using GuardCommand = std::vector<std::string>;

/// Destroyed before its end, it kills the program and waits for that.
class GuardedProgram {
 public:
  /// stdout and stderr go to `output`. Throws Error(kWorker) if the guard cannot be started.
  GuardedProgram(const GuardCommand& guard, const std::vector<std::string>& words, SpawnSettings settings,
                 int output);
  ~GuardedProgram();
  GuardedProgram(const GuardedProgram&) = delete;
  GuardedProgram& operator=(const GuardedProgram&) = delete;

  /// For poll(2): readable at its end.
  int fd() const { return socket_; }
  /// Its end, once it is there. Throws Error(kWorker) if the guard died: nothing of the program is left then
  /// either.
  std::optional<GuardReport> take_end();
  void stop() { say(kStop); }
  void kill() { say(kKill); }
  /// The program and all that it started, without the guard.
  std::vector<pid_t> processes() const;

 private:
  void say(char word);
  void reap();

  int socket_ = -1;
  pid_t guard_ = -1;
};

}  // namespace clipmill
