// How much memory of a device processes hold: the one thing that differs between kinds of devices.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace clipmill {

class MemoryProbe {
 public:
  virtual ~MemoryProbe() = default;
  /// Bytes that `processes` hold together now; those that are gone hold none.
  virtual std::int64_t bytes(std::span<const pid_t> processes) = 0;
  /// False if it cannot measure here, and bytes() is always 0.
  virtual bool works() const { return true; }
};

/// Host memory on cpu:N, NVML's figure on cuda:N.
std::unique_ptr<MemoryProbe> memory_probe_of(const std::string& device);

}  // namespace clipmill
