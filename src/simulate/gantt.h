// What ran where and when, drawn.
#pragma once

#include <string>

#include "simulate/simulation.h"

namespace clipmill {

/// An SVG of one row a device, jobs that share it above each other, in the colours --p0 … --p4 of their
/// priorities (the highest first); attempts that were lost in --bad. At most 64 devices and 10,000 runs;
/// `note` says what was left out.
std::string gantt_svg(const Workload& workload, const Simulation& simulation,
                      const std::vector<DeviceSpec>& devices, std::string& note);

/// Priorities of the workload, the highest first.
std::vector<int> priorities_of(const Workload& workload);
/// The CSS variable of the `rank`-th of them.
std::string priority_colour(std::size_t rank);

}  // namespace clipmill
