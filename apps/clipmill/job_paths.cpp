#include "clipmill/job_paths.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// A model's components, and the state of its training.
void add_subfolders(const fs::path& folder, std::set<fs::path>& folders) {
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    if (entry.is_directory(missing)) folders.insert(entry.path());
  }
}

}  // namespace

std::vector<std::pair<const JobField*, fs::path>> paths_of(const JobSpec& job) {
  std::vector<std::pair<const JobField*, fs::path>> paths;
  for (const JobField& field : job_fields()) {
    for (const std::string& path : paths_in(field, job)) paths.emplace_back(&field, path);
  }
  return paths;
}

std::set<fs::path> written_folders(const JobSpec& job) {
  std::set<fs::path> folders;
  for (const auto& [field, path] : paths_of(job)) {
    if (field->use == FieldUse::kWrites) folders.insert(names_folder(*field) ? path : path.parent_path());
  }
  if (!makes_clip(job.kind)) add_subfolders(fs::path(job.output).parent_path(), folders);
  return folders;
}

}  // namespace clipmill
