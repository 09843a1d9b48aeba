// Whether a job's LoRAs fit its model, from headers alone.
#pragma once

#include "checkpoint/model_folder.h"
#include "core/job.h"

namespace clipmill {

/// Throws Error(kInput) naming file and key for the first that does not, as read_lora_layouts does.
void check_loras(const JobSpec& job, const ModelFolder& model);

}  // namespace clipmill
