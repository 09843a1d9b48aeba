#include "serve/video_object.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/number.h"
#include "serve/video_file.h"

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

std::int64_t whole(double seconds) { return static_cast<std::int64_t>(std::floor(seconds)); }

/// What is known of its work: a resumed clip has stages of several attempts.
void add_measurements(json& object, const JobView& view) {
  std::int64_t peak = 0;
  json durations = json::object();
  for (const StageFinished& stage : view.stages) {
    const std::string name(to_string(stage.stage));
    durations[name] = durations.value(name, 0.0) + stage.seconds;
    peak = std::max(peak, stage.peak_bytes);
  }
  if (durations.empty()) return;
  object["stage_durations"] = durations;
  object["peak_memory_mb"] = static_cast<double>(peak) / (1 << 20);
}

void add_prospects(json& object, const JobView& view) {
  if (!view.waits_for.empty()) object["waits_for"] = view.waits_for;
  if (view.position > 0) object["position"] = view.position;
  if (view.expected_start > 0) object["expected_start"] = whole(view.expected_start);
}

json or_null(const std::optional<JobId>& job) { return job ? json(video_id(*job)) : json(); }

}  // namespace

std::string video_id(JobId job) { return std::string(kPrefix) + std::to_string(job); }

std::optional<JobId> job_of_video(std::string_view id) {
  if (!id.starts_with(kPrefix)) return std::nullopt;
  const auto number = number_in<JobId>(id.substr(kPrefix.size()));
  return number && video_id(*number) == id ? number : std::nullopt;
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
                 {"remixed_from_video_id", or_null(remix_source(job.spec.output))},
                 {"error", nullptr}};
  if (is_over(job.state) && job.state != JobState::kDone) object["error"] = error_of(job);
  if (job.state == JobState::kDone) object["inference_time_s"] = job.result.seconds;
  if (!view.history.empty() && is_over(job.state) && view.history.back().ended > 0)
    object["completed_at"] = whole(view.history.back().ended);
  add_measurements(object, view);
  add_prospects(object, view);
  return object;
}

}  // namespace clipmill
