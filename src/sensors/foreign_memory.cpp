#include "sensors/foreign_memory.h"

#include <algorithm>

namespace clipmill {

std::int64_t ForeignMemory::bytes(std::span<const pid_t> own) {
  const auto processes = nvml_.processes(gpu_);
  if (!processes) return known_;
  std::int64_t others = 0;
  bool found_ours = own.empty();
  for (const GpuProcess& process : *processes) {
    const bool ours = std::ranges::find(own, process.pid) != own.end();
    found_ours = found_ours || ours;
    if (!ours) others += process.bytes;
  }
  if (found_ours) known_ = others;
  return known_;
}

}  // namespace clipmill
