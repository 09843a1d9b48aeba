// When a fleet can be ready at best.
#pragma once

#include <vector>

#include "core/device_table.h"
#include "simulate/outages.h"
#include "simulate/workload.h"

namespace clipmill {

/// No schedule, of whoever knows all jobs, times and losses beforehand, ends earlier (seconds, on the clock
/// of the submissions), where a device runs one job at a time. The larger of two bounds:
/// - a job can neither start before it comes nor run faster than on the fastest device;
/// - for each moment r, the work that comes from r on fits into what the devices that are not lost can do
///   from then, be it cut at will (the preemptive relaxation of Q | r_j | Cmax).
double ready_at_best(const Workload& workload, const std::vector<DeviceSpec>& devices,
                     const std::vector<Outage>& outages);

}  // namespace clipmill
