// Times, and what is said of many.
#pragma once

#include <algorithm>
#include <ctime>
#include <vector>

namespace clipmill {

/// Of this process: on a machine shared with others it says more than a clock. One thread computes.
inline double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Of an unsorted sample, by nearest rank.
inline double quantile(std::vector<double> sample, double q) {
  std::ranges::sort(sample);
  return sample[static_cast<std::size_t>(q * static_cast<double>(sample.size() - 1) + 0.5)];
}

/// a[i] / b[i] of as many as `a` has.
inline std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all;
  for (std::size_t i = 0; i < a.size(); ++i) all.push_back(a[i] / b[i]);
  return all;
}

}  // namespace clipmill
