// Seed sweeps: one entry of a manifest, several clips that differ in their seed alone.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace clipmill {

/// A clip makes at most this many.
inline constexpr std::int64_t kMostSeeds = 10'000;

/// "1..8" (both ends included), "1,2,3", or "7"; spaces may stand beside the commas. Throws Error(kInput).
std::vector<std::int64_t> parse_seeds(std::string_view text);

/// `seeds` as it is. Throws Error(kInput) if it is empty, too long, or holds a negative number.
std::vector<std::int64_t> checked_seeds(std::vector<std::int64_t> seeds);

/// `count` consecutive seeds from `first`. Throws Error(kInput) if count is not from 1 to kMostSeeds.
std::vector<std::int64_t> consecutive_seeds(std::int64_t first, std::int64_t count);

}  // namespace clipmill
