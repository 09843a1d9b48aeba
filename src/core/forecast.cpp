#include "core/forecast.h"

#include <algorithm>

namespace clipmill {

std::vector<ExpectedStart> forecast(Scheduler scheduler, double now, std::size_t most) {
  std::vector<ExpectedStart> starts;
  while (starts.size() < most) {
    if (const auto start = scheduler.next(now)) {
      starts.push_back({start->job, start->device, now});
    } else if (const auto end = scheduler.devices().next_end()) {
      now = std::max(now, end->at);
      scheduler.ended(end->job);
    } else {
      break;
    }
  }
  return starts;
}

}  // namespace clipmill
