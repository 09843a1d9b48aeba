#include "simulate/pipeline.h"

#include <algorithm>
#include <numeric>

namespace clipmill {

double pipeline_seconds(std::span<const StageSeconds> jobs, int buffer) {
  if (jobs.empty()) return 0;
  const std::size_t stages = jobs.front().size(), room = static_cast<std::size_t>(buffer);
  // When job j starts stage s, and when it leaves it; both with a stage behind the last, which is endless
  // room.
  std::vector<StageSeconds> start(jobs.size(), StageSeconds(stages + 1)), leave = start;
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    for (std::size_t s = 0; s < stages; ++s) {
      const double arrives = s == 0 ? 0 : leave[j][s - 1];
      start[j][s] = j == 0 ? arrives : std::max(arrives, leave[j - 1][s]);
      double has_room = 0;
      if (room == 0 && j > 0) has_room = leave[j - 1][s + 1];
      if (room > 0 && j >= room) has_room = start[j - room][s + 1];
      leave[j][s] = std::max(start[j][s] + jobs[j][s], has_room);
    }
  }
  return leave.back()[stages - 1];
}

double sequential_seconds(std::span<const StageSeconds> jobs) {
  double sum = 0;
  for (const StageSeconds& job : jobs) sum = std::accumulate(job.begin(), job.end(), sum);
  return sum;
}

}  // namespace clipmill
