#include "vram/memory_timeline.h"

namespace clipmill {
namespace {

bool is_higher(const MemorySample& a, const MemorySample& b) { return a.bytes.total() > b.bytes.total(); }

}  // namespace

void MemoryTimeline::add(const MemorySample& sample) {
  while (place_of(sample.seconds) >= kSlots) halve();
  const std::size_t place = place_of(sample.seconds);
  if (slots_.empty() || slots_.back().place != place) {
    slots_.push_back({place, sample, sample});
    return;
  }
  Slot& slot = slots_.back();
  slot.last = sample;
  if (is_higher(sample, slot.highest)) slot.highest = sample;
}

std::vector<MemorySample> MemoryTimeline::samples() const {
  std::vector<MemorySample> all;
  for (const Slot& slot : slots_) {
    all.push_back(slot.highest);
    if (slot.last != slot.highest) all.push_back(slot.last);
  }
  return all;
}

std::size_t MemoryTimeline::place_of(double seconds) const {
  return static_cast<std::size_t>((seconds - start_) / width_);
}

void MemoryTimeline::halve() {
  width_ *= 2;
  std::vector<Slot> merged;
  for (const Slot& slot : slots_) {
    const std::size_t place = slot.place / 2;
    if (merged.empty() || merged.back().place != place) {
      merged.push_back({place, slot.highest, slot.last});
      continue;
    }
    if (is_higher(slot.highest, merged.back().highest)) merged.back().highest = slot.highest;
    merged.back().last = slot.last;
  }
  slots_ = std::move(merged);
}

}  // namespace clipmill
