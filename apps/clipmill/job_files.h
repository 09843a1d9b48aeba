// What a job wrote, deleted.
#pragma once

#include "core/job.h"

namespace clipmill {

/// The clip, everything else it was told to write, and what lies beside it; of folders, what clips put there.
/// Nothing of a training: its folder holds a model. What cannot be deleted stays.
void remove_outputs(const JobSpec& job);

}  // namespace clipmill
