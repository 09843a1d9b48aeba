// Where a job's files are.
#pragma once

#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include "core/job_fields.h"

namespace clipmill {

/// Whether the path that the field holds is a folder's.
inline bool names_folder(const JobField& field) { return field.value_name == "FOLDER"; }

/// Every path that the job reads or writes, with its field.
std::vector<std::pair<const JobField*, std::filesystem::path>> paths_of(const JobSpec& job);

/// The folders that the job writes files into.
std::set<std::filesystem::path> written_folders(const JobSpec& job);

}  // namespace clipmill
