// How long a search may look for something better.
#pragma once

#include <cstdint>
#include <limits>

namespace clipmill::schedule {

/// A search ends at whichever comes first, and as soon as it knows its result to be optimal.
struct SearchBudget {
  double seconds = 1;
  /// With a finite number, and seconds without end, a seed gives the same result on any day.
  std::int64_t steps = std::numeric_limits<std::int64_t>::max();
  std::uint64_t seed = 1;
};

}  // namespace clipmill::schedule
