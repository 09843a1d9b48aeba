#include "fleet/nvidia_gpus.h"

#include <fmt/format.h>

#include "sensors/nvml.h"

namespace clipmill {

std::vector<DeviceInfo> nvidia_gpus(const std::string& library) {
  const Nvml nvml(library);
  std::vector<DeviceInfo> gpus;
  for (unsigned index = 0; index < nvml.count(); ++index) {
    const GpuInfo gpu = nvml.gpu(index);
    gpus.push_back({fmt::format("cuda:{}", index),
                    gpu.error.empty() ? gpu.name : "does not answer: " + gpu.error, gpu.total_bytes,
                    gpu.free_bytes});
  }
  return gpus;
}

}  // namespace clipmill
