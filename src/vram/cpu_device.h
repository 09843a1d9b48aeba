// The virtual device cpu:N: real tensors in host memory, counted by the allocator.
#pragma once

#include "vram/device.h"

namespace clipmill {

/// The first one replaces torch's CPU allocator by the counting one, for the rest of the process.
class CpuDevice : public Device {
 public:
  explicit CpuDevice(int index);
  at::Device torch_device() const override { return at::kCPU; }
  std::string description() const override;
  std::int64_t total_bytes() const override;
  DeviceMemory memory() const override;
  void reset_peak() override;
  Ledger& ledger() override;
  ReservedMemory reserved() const override;
  void limit(std::int64_t bytes) override;
  void trim() override;
  void synchronize() override {}

 private:
  int index_;
};

}  // namespace clipmill
