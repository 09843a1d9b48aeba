#include "command/nvml_memory_probe.h"

#include <algorithm>

namespace clipmill {

std::int64_t NvmlMemoryProbe::bytes(std::span<const pid_t> processes) {
  std::int64_t sum = 0;
  for (const GpuProcess& running : nvml_.processes(gpu_).value_or(std::vector<GpuProcess>())) {
    if (std::ranges::find(processes, running.pid) != processes.end()) sum += running.bytes;
  }
  return sum;
}

}  // namespace clipmill
