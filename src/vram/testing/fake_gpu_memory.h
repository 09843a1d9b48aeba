// The memory of the fake GPU.
#pragma once

#include <c10/core/Allocator.h>

#include "vram/ledger.h"

namespace clipmill::test {

/// torch's allocator for PrivateUse1. Throws c10::OutOfMemoryError beyond its ledger's limit.
class FakeGpuMemory final : public c10::Allocator {
 public:
  static FakeGpuMemory& instance();

  Ledger& ledger() { return ledger_; }

  c10::DataPtr allocate(std::size_t size) override;
  void copy_data(void* target, const void* source, std::size_t size) const override;

 private:
  static void release(void* data);

  Ledger ledger_;
};

}  // namespace clipmill::test
