// What /proc tells of a process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace clipmill {

struct ProcessInfo {
  pid_t pid = 0, parent = 0;
  std::string name;                    ///< as it calls itself, 15 bytes at most
  std::vector<std::string> arguments;  ///< the program first; empty: it has ended, or is the kernel's
  std::int64_t anonymous_bytes = 0;    ///< in memory, and no file's
};

/// Empty for one that is not there.
std::optional<ProcessInfo> process_info(pid_t pid, const std::filesystem::path& proc = "/proc");

/// All that we may see, by number.
std::vector<ProcessInfo> list_processes(const std::filesystem::path& proc = "/proc");

}  // namespace clipmill
