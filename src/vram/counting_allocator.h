// torch's CPU allocator, with the bytes counted and capped.
#pragma once

#include <c10/core/Allocator.h>

#include "vram/ledger.h"

namespace clipmill {

/// Counts what malloc really reserved (malloc_usable_size). oneDNN's scratch memory comes through here too;
/// MKL's own buffers do not. Throws c10::OutOfMemoryError, as a GPU's allocator does, when the ledger's limit
/// or the system refuses; the counters are then as if nobody had asked. The limit may lie below what is in
/// use: then nothing more is given out until enough came back.
class CountingAllocator final : public c10::Allocator {
 public:
  /// Replaces torch's CPU allocator; further calls do nothing. Blocks of the former allocator stay valid.
  static void install();
  /// Of all threads together.
  static Ledger& ledger();

  c10::DataPtr allocate(std::size_t size) override;
  /// Not null, so that raw_allocate works; needs the data pointer itself as the DataPtr's context.
  c10::DeleterFnPtr raw_deleter() const override;
  void copy_data(void* target, const void* source, std::size_t size) const override;
};

}  // namespace clipmill
