#include "vram/testing/fake_gpu_memory.h"

#include <c10/core/alignment.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>

namespace clipmill::test {

FakeGpuMemory& FakeGpuMemory::instance() {
  static FakeGpuMemory memory;
  return memory;
}

DeviceMemory FakeGpuMemory::memory() const {
  const std::lock_guard lock(mutex_);
  return memory_;
}

void FakeGpuMemory::reset_peak() {
  const std::lock_guard lock(mutex_);
  memory_.peak = memory_.current;
}

void FakeGpuMemory::set_limit(std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  limit_ = bytes;
}

c10::DataPtr FakeGpuMemory::allocate(std::size_t size) {
  void* data = size > 0 ? std::aligned_alloc(c10::gAlignment, (size + 63) / 64 * 64) : nullptr;
  const auto bytes = static_cast<std::int64_t>(::malloc_usable_size(data));
  const std::lock_guard lock(mutex_);
  if (limit_ > 0 && memory_.current + bytes > limit_) {
    std::free(data);
    TORCH_CHECK_WITH(OutOfMemoryError, false, "the fake GPU is out of memory: ", bytes, " bytes more than ",
                     memory_.current, " of ", limit_);
  }
  memory_.current += bytes;
  memory_.peak = std::max(memory_.peak, memory_.current);
  return {data, data, &release, at::Device(at::kPrivateUse1, 0)};
}

void FakeGpuMemory::release(void* data) {
  FakeGpuMemory& memory = instance();
  const std::lock_guard lock(memory.mutex_);
  memory.memory_.current -= static_cast<std::int64_t>(::malloc_usable_size(data));
  std::free(data);
}

void FakeGpuMemory::copy_data(void* target, const void* source, std::size_t size) const {
  default_copy_data(target, source, size);
}

}  // namespace clipmill::test
