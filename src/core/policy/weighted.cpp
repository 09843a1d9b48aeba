#include "core/policy/policy.h"

#include <algorithm>

namespace clipmill {
namespace {

/// Seconds per GiB.
double weight(const WaitingJob& job) {
  constexpr double kGiB = 1 << 30;
  const double bytes = std::max(static_cast<double>(job.demand.bytes), 1.0);
  return job.demand.seconds / (bytes / kGiB) * priority_factor(job.priority);
}

}  // namespace

/// The guide's: w = t / v · priority, largest first, and all wait while the first does not fit. Its priority
/// is dynamic: it grows with the wait as 1 + wait / τ.
const Policy kWeighted = {
    .name = "weighted",
    .formula = "seconds / memory · priority · (1 + wait / τ), largest first; all wait for the first",
    .group = [](const WaitingJob& job, const Conditions&) { return weight_group(weight(job)); },
    .order = [](const WaitingJob& job, const Conditions&) { return job.submitted; },
    .key = [](const WaitingJob& job,
              const Conditions& c) { return weight(job) * (1 + (c.now - job.submitted) / c.aging_seconds); },
    .blocked = Blocked::kWait,
};

}  // namespace clipmill
