// When waiting jobs will start, if every estimate is right.
#pragma once

#include <vector>

#include "core/scheduler.h"

namespace clipmill {

struct ExpectedStart {
  JobId job = 0;
  int device = -1;
  double at = 0;
};

/// In the order of their starts, `most` at most: the scheduler itself goes on, on a copy, as if each running
/// job ended when it is expected to and nothing came in. What fits nowhere is not among them.
std::vector<ExpectedStart> forecast(Scheduler scheduler, double now, std::size_t most);

}  // namespace clipmill
