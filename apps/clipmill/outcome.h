// How a job that makes one thing (a model, a measurement) is told to people and programs.
#pragma once

#include "clipmill/job_run.h"

namespace clipmill {

/// Prints what the run took, and that it was interrupted. Under --json the account, with the
/// content of the job's `output` file as "result" once it is done. Throws what stopped the run before its
/// end. Returns the exit code.
int tell_outcome(const RunResult& result, const RunOptions& options);

}  // namespace clipmill
