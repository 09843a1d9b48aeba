// Memory of a GPU that processes hold.
#pragma once

#include "command/memory_probe.h"
#include "sensors/nvml.h"

namespace clipmill {

/// Counts compute processes. In a container without the host's process ids NVML's ids may not be ours: then
/// it finds none.
class NvmlMemoryProbe : public MemoryProbe {
 public:
  explicit NvmlMemoryProbe(unsigned gpu, const std::string& library = "libnvidia-ml.so.1")
      : nvml_(library), gpu_(gpu) {}

  std::int64_t bytes(std::span<const pid_t> processes) override;
  bool works() const override { return nvml_.processes(gpu_).has_value(); }

 private:
  const Nvml nvml_;
  const unsigned gpu_;
};

}  // namespace clipmill
