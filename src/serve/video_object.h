// A job as the `video` object of the API.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "serve/service.h"

namespace clipmill {

/// "video_12" of job 12.
std::string video_id(JobId job);
std::optional<JobId> job_of_video(std::string_view id);

/// Times are Unix seconds. While it waits, `waits_for`, `position` (from 1) and `expected_start` say what for
/// and until when. `stage_durations` (seconds) and `peak_memory_mb` (of 2^20 bytes) are of all attempts.
nlohmann::json video_object(const JobView& view);

}  // namespace clipmill
