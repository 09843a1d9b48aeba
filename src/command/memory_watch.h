// The peak of what processes hold, sampled.
#pragma once

#include <cstdint>
#include <span>

#include "base/clock.h"
#include "command/memory_probe.h"

namespace clipmill {

/// Between samples lie 50 ms, or more where looking is slow, so that it takes at most a twentieth of the
/// time. A peak between two samples is not seen.
class MemoryWatch {
 public:
  MemoryWatch(MemoryProbe& probe, const Clock& clock) : probe_(probe), clock_(clock) {}

  bool due() const { return clock_.now() >= next_; }
  /// `processes()` tells which ones; it is part of the cost. The bytes that they hold now.
  template <typename Processes>
  std::int64_t sample(Processes processes) {
    const double began = clock_.now();
    const auto now = probe_.bytes(processes());
    peak_ = peak_ > now ? peak_ : now;
    const double cost = clock_.now() - began;
    next_ = began + cost + (cost * kSparing > kInterval ? cost * kSparing : kInterval);
    return now;
  }
  std::int64_t peak() const { return peak_; }

 private:
  static constexpr double kInterval = 0.05, kSparing = 19;

  MemoryProbe& probe_;
  const Clock& clock_;
  double next_ = 0;
  std::int64_t peak_ = 0;
};

}  // namespace clipmill
