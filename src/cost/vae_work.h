// What decoding latents takes (the causal 3-D VAE of Wan, with its feature cache).
#pragma once

#include <cstdint>

#include "checkpoint/vae_config.h"

namespace clipmill {

/// Operations of decoding latents [1, z, frames, height, width], one latent frame at a time: every
/// convolution of the decoder with its 27, 9, 3 or 1 taps, and the attention of the middle block. The first
/// chunk gives one frame at every level, the others double where the level does.
double decode_flops(const VaeConfig& config, std::int64_t frames, std::int64_t height, std::int64_t width);

}  // namespace clipmill
