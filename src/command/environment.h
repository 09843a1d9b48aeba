// The environment that a command finds.
#pragma once

#include <map>
#include <string>

#include "core/command_text.h"

namespace clipmill {

using Environment = std::map<std::string, std::string>;

/// This process's own.
Environment own_environment();

/// `inherited` with, each over the one before: the device (CUDA_VISIBLE_DEVICES in PCI order, which is
/// NVML's; empty on cpu:N), CLIPMILL_PROMPT, CLIPMILL_OUTPUT and so on for every placeholder, and the job's
/// own variables.
Environment command_environment(Environment inherited, const JobSpec& job, const CommandPlace& place);

/// Makes Python read the sitecustomize.py in `folder` first, which then writes `report`.
void add_tracemalloc(Environment& environment, const std::string& folder, int lines,
                     const std::string& report);

}  // namespace clipmill
