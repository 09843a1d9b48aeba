// Memory in use over time, in a bounded number of samples.
#pragma once

#include <vector>

#include "core/memory_category.h"

namespace clipmill {

/// Bytes in use from a time on.
struct MemorySample {
  double seconds = 0;
  BytesByCategory bytes;

  bool operator==(const MemorySample&) const = default;
};

/// Time is cut into equal slots, and each keeps its highest sample and its last. When slots run out, each two
/// become one: so memory stays bounded however long it runs, and every peak that is left out lies below
/// another in its slot.
class MemoryTimeline {
 public:
  static constexpr std::size_t kSlots = 128;

  explicit MemoryTimeline(double start) : start_(start) {}

  /// In order of time, from the start on.
  void add(const MemorySample& sample);
  /// At most 2 · kSlots, in order of time; the highest of all is among them.
  std::vector<MemorySample> samples() const;

 private:
  struct Slot {
    std::size_t place;  // since the start, in slots
    MemorySample highest, last;
  };

  std::size_t place_of(double seconds) const;
  void halve();

  double start_;
  double width_ = 1e-3;      // seconds
  std::vector<Slot> slots_;  // those with samples, in order
};

}  // namespace clipmill
