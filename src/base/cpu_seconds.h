// The processor time that processes have taken.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <span>

namespace clipmill {

/// Seconds that `processes` and those of their children that they have reaped have computed so far, on all
/// cores together. Processes that are gone count nothing.
double cpu_seconds(std::span<const pid_t> processes, const std::filesystem::path& proc = "/proc");

}  // namespace clipmill
