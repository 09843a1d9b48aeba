// When jobs hold devices.
#pragma once

#include <vector>

#include "simulate/simulation.h"

namespace clipmill {

/// An attempt of a job on a device, whether it ended well or not.
struct Held {
  std::size_t job = 0;  ///< an index into Workload::jobs
  int device = -1;
  double from = 0, until = 0;
  bool lost = false;
};

/// In no order.
std::vector<Held> held_by_jobs(const Simulation& simulation);

/// When devices run at least one of `held`: spans that do not touch, by device. Each has the first of its
/// jobs.
std::vector<Held> busy_spans(std::vector<Held> held);

/// Device seconds of them.
double busy_seconds(std::vector<Held> held);

}  // namespace clipmill
