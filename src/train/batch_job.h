// Finds out how many clips fit the memory at once.
#pragma once

#include "stages/work.h"

namespace clipmill {

/// What a worker runs for JobKind::kBatch: `job.recipe` is a BatchRecipe. Writes `job.output`: what to_json()
/// of batch_search.h says, with "budget_bytes". Nothing is trained, nothing made.
void run_batch_search(const JobSpec& job, const WorkContext& work);

}  // namespace clipmill
