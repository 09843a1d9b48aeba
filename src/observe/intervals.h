// Lengths of time that overlap.
#pragma once

#include <algorithm>
#include <vector>

namespace clipmill {

struct Interval {
  double start = 0, end = 0;
};

/// How long at least one of them lasts.
inline double union_length(std::vector<Interval> intervals) {
  std::ranges::sort(intervals, {}, &Interval::start);
  double length = 0, covered = -1e300;
  for (const Interval& each : intervals) {
    length += std::max(0.0, each.end - std::max(each.start, covered));
    covered = std::max(covered, each.end);
  }
  return length;
}

}  // namespace clipmill
