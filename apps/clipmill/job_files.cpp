#include "clipmill/job_files.h"

#include <filesystem>
#include <system_error>
#include <vector>

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

}  // namespace

void remove_outputs(const JobSpec& job) {
  if (!makes_clip(job.kind)) return;
  std::error_code ignored;
  for (const auto& [field, path] : paths_of(job)) {
    if (field->use != FieldUse::kWrites) continue;
    names_folder(*field) ? remove_folder(path) : void(fs::remove(path, ignored));
  }
  for (const char* beside : {".log", ".tracemalloc.txt", ".preview.png"})
    fs::remove(job.output + beside, ignored);
}

}  // namespace clipmill
