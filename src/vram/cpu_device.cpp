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

DeviceMemory CpuDevice::memory() const { return CountingAllocator::ledger().memory(); }

void CpuDevice::reset_peak() { ledger().reset_peak(); }

Ledger& CpuDevice::ledger() { return CountingAllocator::ledger(); }

ReservedMemory CpuDevice::reserved() const {
  const struct mallinfo2 heap = ::mallinfo2();
  const auto mapped = static_cast<std::int64_t>(heap.hblkhd);
  return {static_cast<std::int64_t>(heap.uordblks) + mapped, static_cast<std::int64_t>(heap.arena) + mapped,
          std::nullopt, std::nullopt};
}

void CpuDevice::limit(std::int64_t bytes) { ledger().set_limit(bytes); }

void CpuDevice::trim() { ::malloc_trim(0); }

}  // namespace clipmill
