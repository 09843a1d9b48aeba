// Where a worker computes, and how much of its memory it uses: one interface for cpu:N and cuda:N.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace clipmill {

/// Bytes held by tensors; `peak` since the last reset_peak().
struct DeviceMemory {
  std::int64_t current = 0;
  std::int64_t peak = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual at::Device torch_device() const = 0;
  virtual std::string description() const = 0;
  /// All the memory there is, whoever uses it.
  virtual std::int64_t total_bytes() const = 0;
  virtual DeviceMemory memory() const = 0;
  virtual void reset_peak() = 0;
  /// The most that tensors may hold from now on, in bytes; 0 for no limit. Beyond it an allocation throws
  /// c10::OutOfMemoryError and changes nothing. Held for the process: all tensors of this kind of device
  /// count.
  virtual void set_budget(std::int64_t bytes) = 0;
  /// Gives cached free memory back to the system.
  virtual void trim() = 0;
  /// Waits for queued work, so that a clock read afterwards means something.
  virtual void synchronize() = 0;

  /// Of PeakSpan, from any thread: the first span to open resets the peak.
  void open_span();
  void close_span();

 private:
  std::mutex spans_mutex_;
  int open_spans_ = 0;
};

/// "cpu", "cpu:0", "cuda:1". Throws Error(kInput) for a name or device that does not exist here.
std::unique_ptr<Device> open_device(const std::string& name);

}  // namespace clipmill
