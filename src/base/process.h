// What starting other programs, and looking at how they ended, has in common everywhere.
#pragma once

#include <spawn.h>

#include <string>
#include <string_view>

namespace clipmill {

/// Attributes for posix_spawn: a process group of its own, and signals as a fresh program expects them.
class FreshProcess {
 public:
  FreshProcess();
  ~FreshProcess();
  FreshProcess(const FreshProcess&) = delete;
  FreshProcess& operator=(const FreshProcess&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

/// "signal 9 (Killed)" or "exit status 3".
std::string describe_wait_status(int status);

/// The last `count` lines of what a program printed, without white space at its end.
std::string last_lines(std::string_view printed, std::size_t count);

}  // namespace clipmill
