#include "vram/counting_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/alignment.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include <cstdlib>

#include "base/units.h"
#include "vram/host_block.h"

namespace clipmill {
namespace {

std::string over_limit(std::int64_t size) {
  const Ledger& ledger = CountingAllocator::ledger();
  const MemoryUsage usage = ledger.usage();
  return fmt::format(
      "out of memory on cpu: tried to allocate {}, with {} in use and a limit of {}; the largest: {}",
      format_bytes(size), format_bytes(usage.current), format_bytes(ledger.limit()), describe(usage.held, 4));
}

/// A counted block. Its size is asked of the ledger before malloc, and counted as what malloc made of it.
void* reserve(std::size_t size) {
  Ledger& ledger = CountingAllocator::ledger();
  const auto asked = static_cast<std::int64_t>(size);
  TORCH_CHECK_WITH(OutOfMemoryError, ledger.fits(asked), over_limit(asked));
  HostBlock block = host_block(size);
  TORCH_CHECK_WITH(OutOfMemoryError, block, "the system refused ", size, " bytes of host memory");
  const auto usable = static_cast<std::int64_t>(::malloc_usable_size(block.get()));
  TORCH_CHECK_WITH(OutOfMemoryError, ledger.allocated(block.get(), usable), over_limit(asked));
  return block.release();
}

void release(void* data) {
  if (!data) return;
  CountingAllocator::ledger().freed(data);
  std::free(data);
}

}  // namespace

void CountingAllocator::install() {
  static CountingAllocator allocator;
  if (c10::GetCPUAllocator() != &allocator) c10::SetCPUAllocator(&allocator, /*priority=*/1);
}

Ledger& CountingAllocator::ledger() {
  static Ledger& ledger = *new Ledger;  // never destroyed: blocks are freed until the very end
  return ledger;
}

c10::DataPtr CountingAllocator::allocate(std::size_t size) {
  void* data = size > 0 ? reserve(size) : nullptr;
  return {data, data, &release, at::Device(at::kCPU)};
}

c10::DeleterFnPtr CountingAllocator::raw_deleter() const { return &release; }

void CountingAllocator::copy_data(void* target, const void* source, std::size_t size) const {
  default_copy_data(target, source, size);
}

}  // namespace clipmill
