// A span of time whose peak memory is wanted, which other threads' spans may overlap.
#pragma once

#include "vram/device.h"

namespace clipmill {

/// The device's counter starts anew only where no span is open, so that none takes another's peak away. A
/// span that no other overlaps has its own peak; overlapping ones have an upper bound: the most that the
/// device held since the first of them began.
class PeakSpan {
 public:
  explicit PeakSpan(Device& device) : device_(device) { device_.open_span(); }
  ~PeakSpan() { device_.close_span(); }
  PeakSpan(const PeakSpan&) = delete;
  PeakSpan& operator=(const PeakSpan&) = delete;

  std::int64_t bytes() const { return device_.memory().peak; }

 private:
  Device& device_;
};

}  // namespace clipmill
