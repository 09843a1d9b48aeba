#include "command/memory_probe.h"

#include <charconv>

#include "command/host_memory_probe.h"
#include "command/nvml_memory_probe.h"

namespace clipmill {

std::unique_ptr<MemoryProbe> memory_probe_of(const std::string& device) {
  constexpr std::string_view kCuda = "cuda:";
  if (!device.starts_with(kCuda)) return std::make_unique<HostMemoryProbe>();
  unsigned index = 0;
  std::from_chars(device.data() + kCuda.size(), device.data() + device.size(), index);
  return std::make_unique<NvmlMemoryProbe>(index);
}

}  // namespace clipmill
