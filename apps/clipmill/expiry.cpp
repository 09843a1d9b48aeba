#include "clipmill/expiry.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "base/file_stamp.h"
#include "clipmill/job_paths.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// Of a folder, what clips put there; itself if nothing else is in it.
void remove_folder(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> ours;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const fs::path& file = entry.path();
    const bool frame = file.filename().string().starts_with("frame-") && file.extension() == ".png";
    if (frame || file.extension() == ".safetensors") ours.push_back(file);
  }
  for (const fs::path& file : ours) fs::remove(file, ignored);
  fs::remove(folder, ignored);
}

void remove_files(const JobSpec& job) {
  std::error_code ignored;
  for (const auto& [field, path] : paths_of(job)) {
    if (field->use != FieldUse::kWrites) continue;
    names_folder(*field) ? remove_folder(path) : void(fs::remove(path, ignored));
  }
  for (const char* beside : {".log", ".tracemalloc.txt", ".preview.png"})
    fs::remove(job.output + beside, ignored);
}

}  // namespace

void Expiry::look() {
  const double now = wall_time_();
  if (seconds_ <= 0 || now < looked_at_ + std::min(seconds_, 60.0)) return;
  looked_at_ = now;
  for (const auto& [job, made] : store_.forget_done_before(now - seconds_)) {
    if (makes_clip(job.kind) && stamp_of(job.output) == made) remove_files(job);
  }
}

}  // namespace clipmill
