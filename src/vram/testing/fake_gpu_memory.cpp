#include "vram/testing/fake_gpu_memory.h"

#include <c10/core/alignment.h>
#include <malloc.h>

#include <cstdlib>

namespace clipmill::test {

FakeGpuMemory& FakeGpuMemory::instance() {
  static FakeGpuMemory& memory = *new FakeGpuMemory;  // never destroyed: blocks are freed until the very end
  return memory;
}

c10::DataPtr FakeGpuMemory::allocate(std::size_t size) {
  void* data = size > 0 ? std::aligned_alloc(c10::gAlignment, (size + 63) / 64 * 64) : nullptr;
  const auto bytes = static_cast<std::int64_t>(::malloc_usable_size(data));
  if (data && !ledger_.allocated(data, bytes)) {
    std::free(data);
    TORCH_CHECK_WITH(OutOfMemoryError, false, "the fake GPU is out of memory: ", bytes, " bytes more than ",
                     ledger_.memory().current, " of ", ledger_.limit());
  }
  return {data, data, &release, at::Device(at::kPrivateUse1, 0)};
}

void FakeGpuMemory::release(void* data) {
  instance().ledger_.freed(data);
  std::free(data);
}

void FakeGpuMemory::copy_data(void* target, const void* source, std::size_t size) const {
  default_copy_data(target, source, size);
}

}  // namespace clipmill::test
