// Memory of a GPU that processes hold, as NVIDIA's management library tells it. It comes with the driver and
// is opened when it is there.
#pragma once

#include "command/memory_probe.h"

namespace clipmill {

/// Counts compute processes. In a container without the host's process ids NVML's ids may not be ours: then
/// it finds none.
class NvmlMemoryProbe : public MemoryProbe {
 public:
  explicit NvmlMemoryProbe(unsigned gpu, const std::string& library = "libnvidia-ml.so.1");
  ~NvmlMemoryProbe() override;
  NvmlMemoryProbe(const NvmlMemoryProbe&) = delete;
  NvmlMemoryProbe& operator=(const NvmlMemoryProbe&) = delete;

  std::int64_t bytes(std::span<const pid_t> processes) override;
  bool works() const override { return device_ != nullptr; }

 private:
  struct Library;
  std::unique_ptr<Library> library_;
  void* device_ = nullptr;
};

}  // namespace clipmill
