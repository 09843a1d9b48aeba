// Where a worker computes, and how much of its memory it uses: one interface for cpu:N and cuda:N.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <string>

#include "vram/device_memory.h"

namespace clipmill {

class Ledger;

class Device {
 public:
  virtual ~Device() = default;
  virtual at::Device torch_device() const = 0;
  virtual std::string description() const = 0;
  /// All the memory there is, whoever uses it.
  virtual std::int64_t total_bytes() const = 0;
  virtual DeviceMemory memory() const = 0;
  virtual void reset_peak() = 0;
  /// Whose the memory in use is. Devices of a process that share an allocator share it.
  virtual Ledger& ledger() = 0;
  /// Takes up to milliseconds.
  virtual ReservedMemory reserved() const = 0;
  /// The most that tensors may hold from now on, in bytes; 0 for no limit. Beyond it an allocation throws
  /// c10::OutOfMemoryError and changes nothing. Held for the process: all tensors of this kind of device
  /// count.
  void set_budget(std::int64_t bytes);
  std::int64_t budget() const { return budget_; }
  /// Gives cached free memory back to the system.
  virtual void trim() = 0;
  /// Waits for queued work, so that a clock read afterwards means something.
  virtual void synchronize() = 0;

 private:
  virtual void limit(std::int64_t bytes) = 0;

  std::int64_t budget_ = 0;
};

/// "cpu", "cpu:0", "cuda:1". Throws Error(kInput) for a name or device that does not exist here.
std::unique_ptr<Device> open_device(const std::string& name);

}  // namespace clipmill
