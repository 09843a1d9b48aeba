// A span of time whose peak memory is wanted, which other lanes' spans may overlap.
#pragma once

#include "vram/device.h"
#include "vram/ledger.h"

namespace clipmill {

/// The peak of the lane that the thread works for (MemoryOwner) from the span's construction on: what the
/// lane keeps resident and what its job allocates, whatever other lanes do meanwhile. What is nobody's counts
/// as well, so that threads without a scope are not forgotten; in a thread that works for no lane, everything
/// counts.
class PeakSpan {
 public:
  /// With a clock it keeps a timeline, too, in the clock's seconds.
  explicit PeakSpan(Device& device, const Clock* clock = nullptr) : PeakSpan(device.ledger(), clock) {}
  explicit PeakSpan(Ledger& ledger, const Clock* clock = nullptr);
  ~PeakSpan() { ledger_.close(span_); }
  PeakSpan(const PeakSpan&) = delete;
  PeakSpan& operator=(const PeakSpan&) = delete;

  std::int64_t bytes() const { return ledger_.peak(*span_); }
  /// Now, and at the peak.
  MemoryUsage usage() const { return ledger_.usage(span_->record); }
  /// At most some hundred samples, the peak among them; empty without a clock.
  std::vector<MemorySample> timeline() const { return ledger_.timeline(*span_); }

 private:
  Ledger& ledger_;
  const Ledger::Spans::iterator span_;
};

}  // namespace clipmill
