#include "serve/video_object.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/number.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::string_view kPrefix = "video_";

std::string_view status_of(JobState state) {
  switch (state) {
    case JobState::kWaiting:
      return "queued";
    case JobState::kRunning:
      return "in_progress";
    case JobState::kDone:
      return "completed";
    case JobState::kFailed:
    case JobState::kCancelled:
    case JobState::kQuarantined:
      break;
  }
  return "failed";
}

/// Denoising is nearly all of the work.
int percent(const JobView& view) {
  if (view.job.state == JobState::kDone) return 100;
  const std::string& stage = view.progress.stage;
  if (stage == "decode" || stage == "render" || stage == "encode_video") return 95;
  return stage == "denoise" && view.progress.total > 0 ? 90 * view.progress.done / view.progress.total : 0;
}

json error_of(const Job& job) {
  if (job.state == JobState::kCancelled) return {{"code", "cancelled"}, {"message", "it was cancelled"}};
  return {
      {"code", to_string(job.failure.kind)}, {"message", job.failure.message}, {"hint", job.failure.hint}};
}

int whole(double seconds) { return static_cast<int>(std::floor(seconds)); }

}  // namespace

std::string video_id(JobId job) { return std::string(kPrefix) + std::to_string(job); }

std::optional<JobId> job_of_video(std::string_view id) {
  if (!id.starts_with(kPrefix)) return std::nullopt;
  return number_in<JobId>(id.substr(kPrefix.size()));
}

json video_object(const JobView& view) {
  const Job& job = view.job;
  const ClipSpec& clip = job.spec.clip;
  json object = {{"id", video_id(job.id)},
                 {"object", "video"},
                 {"model", std::filesystem::path(job.spec.model).filename().string()},
                 {"status", status_of(job.state)},
                 {"progress", percent(view)},
                 {"created_at", whole(job.submitted)},
                 {"completed_at", nullptr},
                 {"expires_at", nullptr},
                 {"prompt", clip.prompt},
                 {"seconds", fmt::format("{:.6g}", clip.frames / clip.fps)},
                 {"size", fmt::format("{}x{}", clip.width, clip.height)},
                 {"num_frames", clip.frames},
                 {"fps", clip.fps},
                 {"seed", clip.seed},
                 {"remixed_from_video_id", nullptr},
                 {"error", nullptr}};
  if (is_over(job.state) && job.state != JobState::kDone) object["error"] = error_of(job);
  if (job.state == JobState::kDone) object["inference_time_s"] = job.result.seconds;
  if (!view.history.empty() && is_over(job.state) && view.history.back().ended > 0)
    object["completed_at"] = whole(view.history.back().ended);
  if (!view.waits_for.empty()) object["waits_for"] = view.waits_for;
  if (view.expected_start > 0) object["expected_start"] = whole(view.expected_start);
  return object;
}

}  // namespace clipmill
