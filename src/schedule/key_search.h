// A list rule made to measure.
#pragma once

#include <functional>

#include "schedule/annealing.h"
#include "schedule/instance.h"

namespace clipmill::schedule {

/// Rules p^a · (v/V + c/m)^b, each as a list that skips what does not fit: (a, b, c) drawn at random, then
/// changed a little at a time. For many tasks, where annealing has no time to move them one by one, this
/// finds the better plans; for few it is over at once. What it finds is offered to `search`. Ends when `stop`
/// says so, or is content.
void search_keys(Annealing& search, const Problem& problem, const Instance& instance, std::uint64_t seed,
                 const std::function<bool()>& stop);

}  // namespace clipmill::schedule
