#include "serve/job_row.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "core/job_fields.h"
#include "observe/job_name.h"
#include "serve/queue_json.h"
#include "serve/video_object.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestTitle = 300;  // bytes

json fixed_part(const Job& job) {
  const bool prompted = job.spec.kind == JobKind::kClip && !job.spec.clip.prompt.empty();
  return {{"id", job.id},
          {"state", to_string(job.state)},
          {"kind", to_string(job.spec.kind)},
          {"title", shorten(prompted ? job.spec.clip.prompt : job_name(job.spec), kLongestTitle)},
          {"submitted", job.submitted},
          {"attempts", job.attempts},
          {"priority", job.spec.priority}};
}

void add_clip(json& row, const JobSpec& spec) {
  if (spec.kind != JobKind::kClip) return;
  row["model"] = std::filesystem::path(spec.model).filename().string();
  row["size"] = fmt::format("{}x{}", spec.clip.width, spec.clip.height);
  row["frames"] = spec.clip.frames;
  row["steps"] = spec.clip.steps;
}

void add_outcome(json& row, const Job& job) {
  if (job.state == JobState::kDone)
    row["seconds"] = job.result.seconds;
  else if (!job.failure.message.empty())
    row["failure"] = {{"message", job.failure.message}, {"hint", job.failure.hint}};
}

}  // namespace

json job_row(const JobView& view, const std::filesystem::path& videos) {
  const Job& job = view.job;
  json row = fixed_part(job);
  add_clip(row, job.spec);
  if (!view.progress.device.empty()) row["progress"] = to_json(view.progress);
  add_outcome(row, job);
  if (job.held) row["paused"] = true;
  if (!view.waits_for.empty()) row["waits_for"] = view.waits_for;
  if (view.expected_start > 0) row["expected_start"] = view.expected_start;
  if (std::filesystem::path(job.spec.output).parent_path() == videos) row["video"] = video_id(job.id);
  return row;
}

}  // namespace clipmill
