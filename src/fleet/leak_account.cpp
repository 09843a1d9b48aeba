#include "fleet/leak_account.h"

#include <algorithm>

#include "core/growth.h"

namespace clipmill {
namespace {

/// Of a worker's heap, in bytes: libraries and the heap itself grow by a few megabytes before they settle.
constexpr double kMostHostGrowth = 256 << 20;

}  // namespace

void LeakAccount::Series::add(double bytes) {
  if (last.size() == 2 * kMostJobsForGrowth) last.erase(last.begin(), last.begin() + kMostJobsForGrowth);
  last.push_back(bytes);
  lowest = std::min(lowest, bytes);
}

bool LeakAccount::Series::grew(double most) const {
  return last.back() - lowest > most && assess_growth(last).verdict == GrowthVerdict::kCertain;
}

void LeakAccount::add(const MemorySampled& sample) {
  device_.add(static_cast<double>(sample.device_bytes));
  host_.add(static_cast<double>(sample.host_bytes));
  if (++samples_ % static_cast<int>(kFewestJobsForGrowth) != 0)
    return;  // a look at all of them takes a while
  grown_ = grown_ || device_.grew(static_cast<double>(most_)) || host_.grew(kMostHostGrowth);
}

}  // namespace clipmill
