// A recorded stream of jobs as CSV.
#pragma once

#include <filesystem>
#include <string_view>

#include "simulate/workload.h"

namespace clipmill {

/// A first line `submit_s,run_s,vram_gb,priority,model` (in any order; the last two may be missing), then a
/// line a job, in any order. GB are 10⁹ bytes. Throws ManifestError with every bad line.
Workload parse_trace(std::string_view text, const std::filesystem::path& file);
Workload read_trace(const std::filesystem::path& file);

}  // namespace clipmill
