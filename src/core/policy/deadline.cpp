#include "core/policy/policy.h"

namespace clipmill {

/// The earliest deadline first, with a reservation for it; jobs without one come last, in their order.
const Policy kDeadline = {
    .name = "deadline",
    .formula = "earliest deadline first, EASY backfilling",
    .group = [](const WaitingJob& job, const Conditions&) { return job.deadline < kNever ? 0 : 1; },
    .order = [](const WaitingJob& job,
                const Conditions&) { return job.deadline < kNever ? job.deadline : job.submitted; },
    .key = [](const WaitingJob& job, const Conditions&) { return -job.deadline; },
    .blocked = Blocked::kReserve,
};

}  // namespace clipmill
