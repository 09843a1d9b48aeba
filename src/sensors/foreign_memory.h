// Memory of a device that processes other than ours hold.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "sensors/nvml.h"

namespace clipmill {

/// Of a GPU. Where its library numbers processes otherwise than we do (a container without the host's process
/// ids), our own cannot be told from others: then what was held while none of ours was there counts.
class ForeignMemory {
 public:
  ForeignMemory(const Nvml& nvml, unsigned gpu) : nvml_(nvml), gpu_(gpu) {}

  /// Bytes now; `own` are our processes on this GPU.
  std::int64_t bytes(std::span<const pid_t> own);

 private:
  const Nvml& nvml_;
  const unsigned gpu_;
  std::int64_t known_ = 0;
};

}  // namespace clipmill
