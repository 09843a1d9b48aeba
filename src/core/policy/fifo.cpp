#include "core/policy/policy.h"

namespace clipmill {

/// In the order of submission, whatever the priority, with a reservation for the first.
const Policy kFifo = {
    .name = "fifo",
    .formula = "first come, first served, EASY backfilling",
    .group = [](const WaitingJob&, const Conditions&) { return 0; },
    .order = [](const WaitingJob& job, const Conditions&) { return job.submitted; },
    .key = [](const WaitingJob& job, const Conditions&) { return -job.submitted; },
    .blocked = Blocked::kReserve,
};

}  // namespace clipmill
