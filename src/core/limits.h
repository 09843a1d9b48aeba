// Whether a model can make a clip of a given shape, known before anything runs.
#pragma once

#include <string>
#include <vector>

#include "core/job.h"

namespace clipmill {

/// What a checkpoint's configuration allows.
struct ModelLimits {
  int grid_width = 16;  ///< generated width must be a multiple (VAE factor × patch)
  int grid_height = 16;
  int temporal_factor = 4;     ///< frames = k·factor + 1
  int latent_frames_step = 1;  ///< latent frames must be a multiple (temporal patch)
  int max_positions = 1024;    ///< RoPE table: grid cells along each axis must stay below
  bool two_transformers = false;
};

/// Every reason why `clip` cannot be made under `limits`, each a sentence with the nearest value that works.
/// Empty: fine.
std::vector<std::string> violations(const ClipSpec& clip, const ModelLimits& limits);

}  // namespace clipmill
