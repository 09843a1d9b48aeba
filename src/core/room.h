// Jobs that no device has the memory for.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "core/ports.h"

namespace clipmill {

/// The largest of `devices` on which jobs begin, of those whose memory is known; nullptr: none.
const DeviceSpec* largest_device(std::span<const DeviceSpec> devices);

/// Bytes that a job takes at least.
using FloorOf = std::function<std::int64_t(const JobSpec&)>;

/// Why `job` can never run on a device like `largest`, with what would help; empty: it can, as far as is
/// known.
std::string lacks_room(const JobSpec& job, const FloorOf& floor_of, const DeviceSpec& largest);

/// Throws Error(kInput) for the first of `jobs` that lacks room on all of `devices`.
void check_room(std::span<const JobSpec> jobs, std::span<const DeviceSpec> devices, Estimates& estimates);

}  // namespace clipmill
