// Instances as text files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "schedule/instance.h"

namespace clipmill::schedule {

/// The first line `machines jobs resource_total`, then a line `processing_time resource_demand` for each job.
/// Empty lines, and what follows a '#', count for nothing. Throws Error(kInput) that names `name`, the line,
/// and a job (from 1) that demands more than there is.
Instance parse_instance(std::string_view text, std::string_view name = "instance");
/// Also throws Error(kIo).
Instance read_instance(const std::filesystem::path& file);
/// The inverse of parse_instance.
std::string to_text(const Instance& instance);

}  // namespace clipmill::schedule
