// What a device that does nothing waits for.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace clipmill {

/// kOff: no program ran that could have given it work.
enum class Wait { kNothing, kWork, kMemory, kOff };

inline constexpr std::array<std::string_view, 4> kWaits = {"nothing", "work", "memory", "off"};

constexpr std::string_view to_string(Wait wait) { return kWaits[static_cast<std::size_t>(wait)]; }
/// Empty if none is called so.
constexpr std::optional<Wait> wait_from(std::string_view name) {
  for (std::size_t i = 0; i < kWaits.size(); ++i) {
    if (kWaits[i] == name) return static_cast<Wait>(i);
  }
  return std::nullopt;
}

}  // namespace clipmill
