// The memory that this process may use: the machine's, or less if a control group (container) says so.
#pragma once

#include <cstdint>
#include <filesystem>

namespace clipmill {

struct HostMemory {
  std::int64_t total_bytes = 0;
  std::int64_t available_bytes = 0;  ///< page cache that can be dropped counts as available
};

/// From /proc/meminfo and the cgroup (v2, or v1's memory controller) below `root`; zeros if there is none.
HostMemory host_memory(const std::filesystem::path& root = "/");

}  // namespace clipmill
