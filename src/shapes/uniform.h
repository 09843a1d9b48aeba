// Uniform numbers that are the same with every C++ library: the standard fixes the bits of mt19937_64, but
// not what its distributions make of them.
#pragma once

#include <random>

namespace clipmill::shapes {

using Rng = std::mt19937_64;

/// Uniform in [low, high), 53 bits.
inline double uniform(Rng& rng, double low, double high) {
  return low + (high - low) * (static_cast<double>(rng() >> 11) * 0x1p-53);
}

/// Uniform in 0..count−1, for small counts (the bias is count / 2^53). `count` ≥ 1.
inline int uniform_below(Rng& rng, int count) { return static_cast<int>(uniform(rng, 0, count)); }

}  // namespace clipmill::shapes
