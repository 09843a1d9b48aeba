#include "core/policy/policy.h"

namespace clipmill {

/// priority · (1 + wait / τ), with a reservation for the first. A priority of 4 counts as four times the
/// wait, so that under a load that lasts low priorities wait long: kFair bounds that.
const Policy kAging = {
    .name = "aging",
    .formula = "priority · (1 + wait / τ), EASY backfilling",
    .group = [](const WaitingJob& job, const Conditions&) { return job.priority; },
    .order = [](const WaitingJob& job, const Conditions&) { return job.submitted; },
    .key =
        [](const WaitingJob& job, const Conditions& c) {
          return priority_factor(job.priority) * (1 + (c.now - job.submitted) / c.aging_seconds);
        },
    .blocked = Blocked::kReserve,
};

}  // namespace clipmill
