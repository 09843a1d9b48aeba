// Machines and resource as one number, so that both are compared and counted at once.
#pragma once

#include <cstdint>

namespace clipmill::schedule {

using Time = std::int64_t;

/// Two unsigned fields with a guard bit above each: machines (20 bits) and the resource (42 bits). Sums and
/// differences work on both fields as long as neither overflows, which is what `fits` is asked for first.
using Resources = std::uint64_t;

inline constexpr std::int64_t kMostMachines = (std::int64_t{1} << 20) - 1;
inline constexpr std::int64_t kMostResource = (std::int64_t{1} << 42) - 1;

constexpr Resources resources(std::int64_t machines, std::int64_t amount) {
  return static_cast<Resources>(amount) << 21 | static_cast<Resources>(machines);
}
constexpr std::int64_t machines_of(Resources r) { return static_cast<std::int64_t>(r & kMostMachines); }
constexpr std::int64_t amount_of(Resources r) { return static_cast<std::int64_t>(r >> 21); }

/// Whether `need` is at most `free`, in both. A field that goes below 0 borrows its guard bit.
constexpr bool fits(Resources need, Resources free) {
  constexpr Resources kGuards = Resources{1} << 20 | Resources{1} << 63;
  return (((free | kGuards) - need) & kGuards) == kGuards;
}

}  // namespace clipmill::schedule
