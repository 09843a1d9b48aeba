// The host memory of this process, as the system sees it.
#pragma once

#include <cstdint>
#include <filesystem>

namespace clipmill {

struct ResidentSet {
  std::int64_t now = 0;   ///< bytes in memory (VmRSS)
  std::int64_t peak = 0;  ///< the most there were (VmHWM), since restart_resident_peak()
};

/// Zeros where /proc does not tell.
ResidentSet resident_set(const std::filesystem::path& status = "/proc/self/status");

/// From now on the peak counts anew, where the kernel allows it.
void restart_resident_peak();

}  // namespace clipmill
