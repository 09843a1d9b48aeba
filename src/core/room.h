// Jobs that say themselves what memory they need.
#pragma once

#include <span>

#include "core/device_spec.h"
#include "core/job.h"

namespace clipmill {

/// Throws Error(kInput) that names the first of `jobs` whose declared memory no device has.
void check_room(std::span<const JobSpec> jobs, std::span<const DeviceSpec> devices);

}  // namespace clipmill
