// Reading what workers measured of memory (vram/memory_report.h).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

namespace clipmill {

/// 0 where it is not told.
inline std::int64_t bytes_in(const nlohmann::json& object, std::string_view key) {
  return object.value(key, std::int64_t{0});
}

}  // namespace clipmill
