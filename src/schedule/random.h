// Random numbers that are the same everywhere for a seed.
#pragma once

#include <cstdint>
#include <utility>

#include "base/split_mix.h"

namespace clipmill::schedule {

/// SplitMix64: quick, and good enough to choose moves.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return split_mix(state_++ * 0x9E3779B97F4A7C15u); }
  /// 0 … below − 1
  int below(int limit) { return static_cast<int>((next() >> 32) * static_cast<std::uint64_t>(limit) >> 32); }
  /// first … last
  int between(int first, int last) { return first + below(last - first + 1); }
  /// [0, 1)
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  bool chance(double probability) { return uniform() < probability; }

  template <typename Range>
  void shuffle(Range& range) {
    for (int i = static_cast<int>(range.size()) - 1; i > 0; --i) std::swap(range[i], range[below(i + 1)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace clipmill::schedule
