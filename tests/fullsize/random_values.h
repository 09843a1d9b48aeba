// Random bf16 weights, fast: 7 billion of them are a minute's work, not an hour's.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace clipmill {

/// Where a tensor's values lie: uniform in center ± spread.
struct Range {
  float center = 0;
  float spread = 0;
};

class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed) : state_(seed) {}

  /// Fills `out` with bf16 values (their bits).
  void fill(std::span<std::uint16_t> out, Range range) {
    const float scale = range.spread / 32768.0F;
    for (std::size_t i = 0; i < out.size(); i += 4) {
      std::uint64_t bits = next();
      for (std::size_t j = i; j < i + 4 && j < out.size(); ++j, bits >>= 16) {
        const auto centered = static_cast<float>(static_cast<std::int16_t>(bits));
        out[j] =
            static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(range.center + scale * centered) >> 16);
      }
    }
  }

 private:
  // SplitMix64.
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace clipmill
