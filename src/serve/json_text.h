// JSON as an answer's text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace clipmill {

/// On one line; bytes that are no UTF-8 are replaced.
inline std::string json_text(const nlohmann::json& object) {
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace clipmill
