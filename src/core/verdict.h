// What becomes of a job whose attempt failed.
#pragma once

#include "core/ports.h"

namespace clipmill {

/// So many workers may die of one job.
inline constexpr int kMostCrashes = 2;

/// `job` as it was before this failure: waiting to try again, or over.
JobState verdict(const Job& job, const JobFailed& failure);
/// Why a job fails that needs `needed`, which is over and not done.
JobFailed failure_of_need(const Job& needed);

}  // namespace clipmill
