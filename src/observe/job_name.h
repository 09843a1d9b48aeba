// What a job is called on screen.
#pragma once

#include <string>

#include "core/job.h"

namespace clipmill {

/// A clip's file name; of training and measuring, the name of the folder that it fills.
std::string job_name(const JobSpec& job);
}  // namespace clipmill
