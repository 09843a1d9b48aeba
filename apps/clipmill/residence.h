// What jobs took of a device's memory, beside what they would take without its levers.
#pragma once

#include <filesystem>

#include "core/history.h"
#include "cost/job_estimates.h"
#include "observe/guide_formula.h"

namespace clipmill {

/// The mean over the history's clips: measured under their plans, estimated under the fastest plan where that
/// was another one.
Residence residence_of(const History& history, JobEstimates& estimates);
/// With what the store in `file` measured; not known where it cannot be read.
Residence residence_of(const History& history, const std::filesystem::path& file);

}  // namespace clipmill
