// A job as a line of a list.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "serve/service.h"

namespace clipmill {

/// What to see and decide by, without paths of this machine: {"id", "state", "kind", "title", "submitted",
/// "attempts", "priority"}; of a clip "model", "size", "frames", "steps"; and where there is one, "paused",
/// "waits_for", "expected_start", "progress", "failure", "seconds" (it took), and "video": its name in
/// /v1/videos, whose clips lie in `videos`.
nlohmann::json job_row(const JobView& view, const std::filesystem::path& videos);

}  // namespace clipmill
