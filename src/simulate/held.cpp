#include "simulate/held.h"

#include <algorithm>

namespace clipmill {

std::vector<Held> held_by_jobs(const Simulation& simulation) {
  std::vector<Held> all;
  all.reserve(simulation.runs.size() + simulation.lost.size());
  for (std::size_t i = 0; i < simulation.runs.size(); ++i) {
    const SimulatedRun& run = simulation.runs[i];
    if (run.device >= 0) all.push_back({i, run.device, run.restarted, run.ended, false});
  }
  for (const LostRun& run : simulation.lost)
    all.push_back({static_cast<std::size_t>(run.job), run.device, run.started, run.ended, true});
  return all;
}

std::vector<Held> busy_spans(std::vector<Held> held) {
  std::ranges::sort(held, [](const Held& a, const Held& b) {
    return a.device != b.device ? a.device < b.device : a.from < b.from;
  });
  std::size_t kept = 0;
  for (const Held& next : held) {
    const bool goes_on =
        kept > 0 && held[kept - 1].device == next.device && held[kept - 1].until >= next.from;
    if (goes_on) {
      held[kept - 1].until = std::max(held[kept - 1].until, next.until);
    } else {
      held[kept++] = next;
    }
  }
  held.resize(kept);
  return held;
}

double busy_seconds(std::vector<Held> held) {
  double sum = 0;
  for (const Held& span : busy_spans(std::move(held))) sum += span.until - span.from;
  return sum;
}

}  // namespace clipmill
