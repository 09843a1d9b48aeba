#include "fleet/leak_account.h"

#include <algorithm>

#include "core/growth.h"

namespace clipmill {
namespace {

/// Of a worker's heap, in bytes: libraries and the heap itself grow by a few megabytes before they settle.
constexpr double kMostHostGrowth = 256 << 20;

/// Whether it rose by more than `most` since it was lowest, and not by chance.
bool grew(const std::vector<double>& series, double most) {
  return series.back() - std::ranges::min(series) > most &&
         assess_growth(series).verdict == GrowthVerdict::kCertain;
}

}  // namespace

void LeakAccount::add(const MemorySampled& sample) {
  device_.push_back(static_cast<double>(sample.device_bytes));
  host_.push_back(static_cast<double>(sample.host_bytes));
  if (device_.size() % kFewestJobsForGrowth != 0) return;  // a look at all of them takes a while
  grown_ = grown_ || grew(device_, static_cast<double>(most_)) || grew(host_, kMostHostGrowth);
}

}  // namespace clipmill
