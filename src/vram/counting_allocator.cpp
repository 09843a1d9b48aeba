#include "vram/counting_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/alignment.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>

#include "base/units.h"

namespace clipmill {
namespace {

// A c10 allocator lives as long as the process, and its deleters are plain functions: its counters cannot be
// members.
std::atomic<std::int64_t> g_current{0};
std::atomic<std::int64_t> g_peak{0};
std::atomic<std::int64_t> g_limit{0};

/// The new total; -1, and nothing counted, where the limit forbids it. Compare-and-swap, because with
/// fetch_add two threads could refuse each other a block that has room for one.
std::int64_t try_count(std::int64_t bytes) {
  std::int64_t now = g_current.load();
  do {
    const std::int64_t limit = g_limit.load();
    if (limit > 0 && now + bytes > limit) return -1;
  } while (!g_current.compare_exchange_weak(now, now + bytes));
  return now + bytes;
}

void raise_peak(std::int64_t total) {
  std::int64_t peak = g_peak.load();
  while (total > peak && !g_peak.compare_exchange_weak(peak, total)) {
  }
}

[[noreturn]] void throw_over_limit(std::size_t size) {
  TORCH_CHECK_WITH(OutOfMemoryError, false, "out of memory on cpu: tried to allocate ",
                   format_bytes(static_cast<std::int64_t>(size)), ", with ", format_bytes(g_current.load()),
                   " in use and a limit of ", format_bytes(g_limit.load()));
  std::abort();  // not reached: the check always fails
}

/// A counted block. Counted by its size before malloc is asked, then by what malloc made of it.
void* reserve(std::size_t size) {
  const auto asked = static_cast<std::int64_t>(size);
  if (try_count(asked) < 0) throw_over_limit(size);
  void* data = nullptr;
  if (::posix_memalign(&data, c10::gAlignment, size) != 0) {
    g_current.fetch_sub(asked);
    TORCH_CHECK_WITH(OutOfMemoryError, false, "the system refused ", size, " bytes of host memory");
  }
  const std::int64_t total = try_count(static_cast<std::int64_t>(::malloc_usable_size(data)) - asked);
  if (total < 0) {
    std::free(data);
    g_current.fetch_sub(asked);
    throw_over_limit(size);
  }
  raise_peak(total);
  return data;
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

void CountingAllocator::set_limit(std::int64_t bytes) { g_limit.store(bytes); }

std::int64_t CountingAllocator::limit() { return g_limit.load(); }

c10::DataPtr CountingAllocator::allocate(std::size_t size) {
  void* data = size > 0 ? reserve(size) : nullptr;
  return {data, data, &release, at::Device(at::kCPU)};
}

c10::DeleterFnPtr CountingAllocator::raw_deleter() const { return &release; }

void CountingAllocator::copy_data(void* target, const void* source, std::size_t size) const {
  default_copy_data(target, source, size);
}

}  // namespace clipmill
