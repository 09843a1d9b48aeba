// What is reserved after a job did not fit into its reservation.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace clipmill {

/// Twice `bytes`, at least 1, without overflow.
constexpr std::int64_t twice(std::int64_t bytes) {
  constexpr std::int64_t kMost = std::int64_t{1} << 62;
  return bytes >= kMost / 2 ? kMost : std::max<std::int64_t>(2 * bytes, 1);
}

/// The next reservation under the same plan on a device of `total` bytes: twice as much, or the whole device
/// where twice is more than there is. Empty where it already had the whole device: only another plan can
/// help. Never the same again, so that a job tries log₂(total / reserved) + 1 times at most.
constexpr std::optional<std::int64_t> after_out_of_memory(std::int64_t reserved, std::int64_t total) {
  if (reserved >= total) return std::nullopt;
  return std::min(twice(reserved), total);
}

}  // namespace clipmill
