// Where the program under test meets the simulated disk: as SQLite's default VFS, and in the POSIX calls
// (open, write, fsync, close, rename, unlink, mkdir, stat), which posix_calls.cpp defines for the test
// program, for paths below /simulated. So the product runs as it is, whichever library makes the call.
#pragma once

#include <string_view>

#include "simulated_disk.h"

namespace clipmill {

inline constexpr std::string_view kSimulated = "/simulated";

/// While it lives, `disk` is what the program sees; then again what it saw before.
class Mount {
 public:
  explicit Mount(SimulatedDisk& disk);
  ~Mount();
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;

  /// The innermost; nullptr: none.
  static SimulatedDisk* current();

 private:
  SimulatedDisk* before_;
};

}  // namespace clipmill
