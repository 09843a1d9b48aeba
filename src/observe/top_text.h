// The lines of clipmill top. Pure.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace clipmill {

/// `health` and `queue` as GET /v1/health and /v1/queue answer; at most `height` lines of at most `width`
/// columns: devices with their memory by category and what runs there, alarms that fire, and then of the
/// queue as much as there is room for.
std::vector<std::string> top_lines(const nlohmann::json& health, const nlohmann::json& queue,
                                   std::size_t width, std::size_t height);

}  // namespace clipmill
