// A GPU for tests on machines without one: its memory is the host's and its kernels are the CPU's, but like a
// GPU it refuses to mix its tensors with the CPU's.
#pragma once

#include "vram/device.h"

namespace clipmill::test {

/// What CUDA answers with "expected all tensors to be on the same device" throws c10::Error here, too, and
/// autocast casts what CUDA's casts. torch calls such a device PrivateUse1. All of these share one memory.
class FakeGpu : public Device {
 public:
  /// The process's accelerator from here on, in place of CUDA: so autograd asks this one for its streams.
  FakeGpu();

  at::Device torch_device() const override { return {at::kPrivateUse1, 0}; }
  std::string description() const override { return "fake GPU"; }
  std::int64_t total_bytes() const override { return std::int64_t{1} << 30; }
  DeviceMemory memory() const override;
  void reset_peak() override;
  Ledger& ledger() override;
  ReservedMemory reserved() const override;
  void limit(std::int64_t bytes) override;
  void trim() override {}
  void synchronize() override {}
};

}  // namespace clipmill::test
