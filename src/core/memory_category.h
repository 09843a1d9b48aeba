// What device memory is used for: v_peak = v_model + v_data + v_intermediate.
#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <string_view>

namespace clipmill {

enum class MemoryCategory : std::uint8_t {
  kModel,         ///< weights, and what is derived from them once
  kData,          ///< what crosses stages or steps: latents, embeddings, frames, optimizer state
  kIntermediate,  ///< everything else: activations, workspaces
};

inline constexpr std::array<std::string_view, 3> kMemoryCategories = {"model", "data", "intermediate"};

constexpr std::string_view to_string(MemoryCategory category) {
  return kMemoryCategories[static_cast<std::size_t>(category)];
}

/// Bytes of each category.
struct BytesByCategory {
  std::array<std::int64_t, kMemoryCategories.size()> bytes{};

  std::int64_t& operator[](MemoryCategory category) { return bytes[static_cast<std::size_t>(category)]; }
  std::int64_t operator[](MemoryCategory category) const { return bytes[static_cast<std::size_t>(category)]; }
  std::int64_t total() const { return std::accumulate(bytes.begin(), bytes.end(), std::int64_t{0}); }
  bool operator==(const BytesByCategory&) const = default;
};

}  // namespace clipmill
