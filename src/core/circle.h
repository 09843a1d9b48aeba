// Jobs that need each other in a circle: none of them could ever start.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "core/event.h"

namespace clipmill {

/// A circle that can be reached from `jobs` along `needs`, as the jobs on it: each needs the next, the last
/// the first. Empty: there is none. Asks `needs` once for each job; depth first, without recursion.
std::vector<JobId> find_circle(std::span<const JobId> jobs,
                               const std::function<std::vector<JobId>(JobId)>& needs);

}  // namespace clipmill
