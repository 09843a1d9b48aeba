#include "core/policy/policy.h"

namespace clipmill {
namespace {

/// t · max(v / V, 1 / m): what a job takes of the device time or of the memory, whichever is more.
double area(const WaitingJob& job, const Conditions& c) { return job.demand.seconds * machine_share(job, c); }

}  // namespace

/// Of a closed batch: the largest pieces first, so that the small ones fill the gaps.
const Policy kMakespan = {
    .name = "makespan",
    .formula = "seconds · max(memory / V, 1 / devices), largest first",
    .group = [](const WaitingJob&, const Conditions&) { return 0; },
    .order = [](const WaitingJob& job, const Conditions& c) { return -area(job, c); },
    .key = area,
    .blocked = Blocked::kSkip,
};

}  // namespace clipmill
