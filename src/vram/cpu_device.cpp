#include "vram/cpu_device.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <malloc.h>

#include "base/host_memory.h"
#include "vram/counting_allocator.h"

namespace clipmill {

CpuDevice::CpuDevice(int index) : index_(index) { CountingAllocator::install(); }

std::string CpuDevice::description() const {
  return fmt::format("cpu:{} with {} threads", index_, at::get_num_threads());
}

std::int64_t CpuDevice::total_bytes() const { return host_memory().total_bytes; }

DeviceMemory CpuDevice::memory() const { return CountingAllocator::memory(); }

void CpuDevice::reset_peak() { CountingAllocator::reset_peak(); }

void CpuDevice::set_budget(std::int64_t bytes) { CountingAllocator::set_limit(bytes); }

void CpuDevice::trim() { ::malloc_trim(0); }

}  // namespace clipmill
