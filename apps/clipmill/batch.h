// One run of a list of clips, from their check to the report.
#pragma once

#include <filesystem>

#include "clipmill/job_run.h"
#include "clipmill/trace_flags.h"
#include "manifest/manifest.h"

namespace clipmill {

struct BatchOptions {
  RunOptions run;                ///< posters go to its state_folder; without one there are none
  std::filesystem::path report;  ///< HTML; empty: none
  TraceOptions traces;
  std::filesystem::path memory_report;  ///< HTML, and a table on the terminal; empty: none
};

/// Runs what of `manifest` is not done yet, and tells how it went. Paths in it are absolute. Returns the exit
/// code. Throws Error before anything runs, or what stopped the run before its end, once it told what was
/// done.
int run_batch(Manifest manifest, BatchOptions options);

}  // namespace clipmill
