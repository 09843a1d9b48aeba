// Jobs that no device has the memory for.
#pragma once

#include <span>
#include <string>

#include "core/ports.h"

namespace clipmill {

/// The largest of `devices` on which jobs begin, of those whose memory is known; nullptr: none.
const DeviceSpec* largest_device(std::span<const DeviceSpec> devices);

/// Why `job`, which takes `floor` bytes at least, can never run on a device like `largest`, with what would
/// help; empty: it can, as far as is known.
std::string lacks_room(const JobSpec& job, std::int64_t floor, const DeviceSpec& largest);

/// Throws Error(kInput) for the first of `jobs` that lacks room on all of `devices`.
void check_room(std::span<const JobSpec> jobs, std::span<const DeviceSpec> devices, Estimates& estimates);

}  // namespace clipmill
