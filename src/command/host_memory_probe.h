// Host memory of processes: on cpu:N it is the device's.
#pragma once

#include <filesystem>

#include "command/memory_probe.h"

namespace clipmill {

/// Proportional set size, which counts a page that n processes share as 1/n for each, so that a forked
/// worker's copy is not counted twice; resident set size where the kernel does not tell it.
class HostMemoryProbe : public MemoryProbe {
 public:
  explicit HostMemoryProbe(std::filesystem::path proc = "/proc") : proc_(std::move(proc)) {}
  std::int64_t bytes(std::span<const pid_t> processes) override;

 private:
  std::filesystem::path proc_;
};

}  // namespace clipmill
