// The daemon's queue as a table for a terminal.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace clipmill {

/// `queue` as GET /v1/queue gives it; open jobs first, at most `rows` of them; `width` columns.
std::string queue_text(const nlohmann::json& queue, std::size_t rows, std::size_t width);
/// One job with everything that is known of it.
std::string job_text(const nlohmann::json& job);

}  // namespace clipmill
