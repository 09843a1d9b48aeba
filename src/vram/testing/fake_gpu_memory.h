// The memory of the fake GPU.
#pragma once

#include <c10/core/Allocator.h>

#include <mutex>

#include "vram/device.h"

namespace clipmill::test {

/// torch's allocator for PrivateUse1. Throws c10::OutOfMemoryError beyond its limit.
class FakeGpuMemory final : public c10::Allocator {
 public:
  static FakeGpuMemory& instance();

  DeviceMemory memory() const;
  void reset_peak();
  void set_limit(std::int64_t bytes);  ///< 0: none

  c10::DataPtr allocate(std::size_t size) override;
  void copy_data(void* target, const void* source, std::size_t size) const override;

 private:
  static void release(void* data);

  mutable std::mutex mutex_;
  DeviceMemory memory_;
  std::int64_t limit_ = 0;
};

}  // namespace clipmill::test
