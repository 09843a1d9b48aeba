// How much of a device's memory tensors hold.
#pragma once

#include <cstdint>
#include <optional>

namespace clipmill {

/// Bytes held by tensors; `peak` since the last reset_peak().
struct DeviceMemory {
  std::int64_t current = 0;
  std::int64_t peak = 0;
};

/// What the allocator took from the system, in bytes; empty is not known. What is reserved but not used is
/// lost to fragmentation, or waits to be used again: Device::trim() gives back what it can.
struct ReservedMemory {
  std::int64_t used = 0;                     ///< by tensors; on the CPU by the whole process's heap
  std::int64_t reserved = 0;                 ///< from the system, used or not
  std::optional<std::int64_t> largest_free;  ///< the largest block that is reserved and free
  std::optional<std::int64_t> outside;       ///< in use besides: the driver's context, and other processes
};

}  // namespace clipmill
