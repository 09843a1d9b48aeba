// The process between the worker and the program. It ends the program, and all that the program has started,
// when the worker asks for it or is gone, however that happened: a worker that is killed cannot do it, and a
// parent-death signal would reach only one process, and follows a thread.
#pragma once

#include <string>
#include <vector>

namespace clipmill {

/// What the guard says, once, over its socket before it exits.
struct GuardReport {
  bool started = false;
  int number = 0;     ///< started: wait status of the program; else errno
  bool left = false;  ///< processes are left that could not be killed
};

/// What the worker may write to it. The end of its socket means kKill: nobody waits for the program any more,
/// and somebody may already make its clip anew.
inline constexpr char kStop = 's';  ///< SIGTERM to the program's group, SIGKILL after the grace
inline constexpr char kKill = 'k';  ///< SIGKILL at once

/// The guard's whole life: runs `words` (program and arguments; PATH is searched) in a process group of its
/// own and ends all of it before it returns an exit status.
int run_guard(int socket, double grace_seconds, const std::vector<std::string>& words);

}  // namespace clipmill
