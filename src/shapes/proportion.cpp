#include "shapes/proportion.h"

#include <algorithm>
#include <cmath>

namespace clipmill::shapes {

Interval Proportion::interval() const {
  if (count == 0) return {};
  constexpr double z = 1.959963984540054;  // the normal distribution's 97.5 % quantile
  const double n = count, p = rate();
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
  return {std::max(middle - half, 0.0), std::min(middle + half, 1.0)};
}

}  // namespace clipmill::shapes
