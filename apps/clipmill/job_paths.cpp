#include "clipmill/job_paths.h"

namespace clipmill {
namespace fs = std::filesystem;

std::vector<std::pair<const JobField*, fs::path>> paths_of(const JobSpec& job) {
  std::vector<std::pair<const JobField*, fs::path>> paths;
  for (const JobField& field : job_fields()) {
    const bool is_path = field.use == FieldUse::kReads || field.use == FieldUse::kWrites;
    const auto value = is_path ? field.get(job) : std::nullopt;
    if (value) paths.emplace_back(&field, std::get<std::string>(*value));
  }
  return paths;
}

std::set<fs::path> written_folders(const JobSpec& job) {
  std::set<fs::path> folders;
  for (const auto& [field, path] : paths_of(job)) {
    if (field->use == FieldUse::kWrites) folders.insert(names_folder(*field) ? path : path.parent_path());
  }
  return folders;
}

}  // namespace clipmill
