// Whether a series rises, without assuming how its values scatter.
#pragma once

#include <span>

namespace clipmill {

struct Trend {
  double slope = 0;          ///< a step: the median of all pairs' slopes (Theil 1950, Sen 1968)
  double low = 0, high = 0;  ///< its 95 % confidence interval (Sen 1968)
  double p_rising = 1;       ///< of the one-sided Mann–Kendall test: small where the series rises
};

/// Ties are allowed for, and so is dependence between neighbours, by which a test for independent values
/// would see trends everywhere: the variance is Hamed and Rao's (1998). A series of fewer than 3 has no
/// trend. O(n²).
Trend trend_of(std::span<const double> series);

}  // namespace clipmill
