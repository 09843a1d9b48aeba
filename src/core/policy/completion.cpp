#include "core/policy/policy.h"

#include <algorithm>

namespace clipmill {
namespace {

/// priority / (t · max(v / V, 1 / m))
double smith_ratio(const WaitingJob& job, const Conditions& c) {
  return priority_factor(job.priority) / std::max(job.demand.seconds * machine_share(job, c), 1e-9);
}

}  // namespace

/// Smith's rule (1956), with what a job takes of the machine in the place of its time: the least weighted sum
/// of completion times.
const Policy kCompletion = {
    .name = "completion",
    .formula = "priority / (seconds · max(memory / V, 1 / devices)), largest first",
    .group = [](const WaitingJob&, const Conditions&) { return 0; },
    .order = [](const WaitingJob& job, const Conditions& c) { return -smith_ratio(job, c); },
    .key = smith_ratio,
    .blocked = Blocked::kSkip,
};

}  // namespace clipmill
