// The flags of every command that runs jobs.
#pragma once

#include <CLI/CLI.hpp>

#include "clipmill/job_run.h"

namespace clipmill {

/// --threads, --worker, --json and --verbose, and --device: once, or repeatable. `options` has to outlive
/// `command`.
void add_run_flags(CLI::App& command, RunOptions& options, bool several_devices);

}  // namespace clipmill
