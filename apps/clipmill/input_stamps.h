// What the files that jobs read look like: their models, LoRAs and initial latents, and the clips of a
// training.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "core/job.h"

namespace clipmill {

/// Sets JobSpec::inputs: a hash of name, size and time of change of every file that the job reads (of a
/// model, what ModelFolder reads), so that a file that is replaced makes its jobs others. Their paths play no
/// part. A training on a folder of clips has a second hash, of these: see base_inputs() of core/job.h.
void stamp_inputs(std::span<JobSpec> jobs);

/// Name, size and time of change of what jobs read of a file, or of a model's folder.
std::string look_of(const std::filesystem::path& path);

}  // namespace clipmill
