// Measures how well a shapes model follows its prompts.
#pragma once

#include "stages/work.h"

namespace clipmill {

/// What a worker runs for JobKind::kEvaluate: `job.recipe` is an EvaluateRecipe. Writes contact sheets with
/// wrong clips marked, then `job.output` (evaluation.json) with every number and the tables as text.
void run_evaluation(const JobSpec& job, const WorkContext& work);

}  // namespace clipmill
