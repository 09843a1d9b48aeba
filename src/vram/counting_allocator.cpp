#include "vram/counting_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/alignment.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>

namespace clipmill {
namespace {

// A c10 allocator lives as long as the process, and its deleters are plain functions: its counters cannot be
// members.
std::atomic<std::int64_t> g_current{0};
std::atomic<std::int64_t> g_peak{0};

void count(std::int64_t bytes) {
  const std::int64_t now = g_current.fetch_add(bytes) + bytes;
  std::int64_t peak = g_peak.load();
  while (now > peak && !g_peak.compare_exchange_weak(peak, now)) {
  }
}

void release(void* data) {
  if (!data) return;
  g_current.fetch_sub(static_cast<std::int64_t>(::malloc_usable_size(data)));
  std::free(data);
}

}  // namespace

void CountingAllocator::install() {
  static CountingAllocator allocator;
  if (c10::GetCPUAllocator() != &allocator) c10::SetCPUAllocator(&allocator, /*priority=*/1);
}

DeviceMemory CountingAllocator::memory() { return {g_current.load(), g_peak.load()}; }

void CountingAllocator::reset_peak() { g_peak.store(g_current.load()); }

c10::DataPtr CountingAllocator::allocate(std::size_t size) {
  void* data = nullptr;
  if (size > 0) {
    if (::posix_memalign(&data, c10::gAlignment, size) != 0) {
      TORCH_CHECK_WITH(OutOfMemoryError, false, "the system refused ", size, " bytes of host memory");
    }
    count(static_cast<std::int64_t>(::malloc_usable_size(data)));
  }
  return {data, data, &release, at::Device(at::kCPU)};
}

c10::DeleterFnPtr CountingAllocator::raw_deleter() const { return &release; }

void CountingAllocator::copy_data(void* target, const void* source, std::size_t size) const {
  default_copy_data(target, source, size);
}

}  // namespace clipmill
