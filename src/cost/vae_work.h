// What decoding latents takes (the causal 3-D VAE of Wan, with its feature cache).
#pragma once

#include <cstdint>

#include "checkpoint/vae_config.h"

namespace clipmill {

struct DecodeWork {
  double flops = 0;
  double cache = 0;     ///< values: what the causal convolutions keep, two frames of each one's input
  double largest = 0;   ///< values of the largest tensor of a chunk
  double unfolded = 0;  ///< values of the largest input of a 3×3×3 convolution, copied for each of its taps

  /// Values held at the peak of eager decoding, as measured on the reference: the cache and 2.5 × the largest
  /// tensor.
  double activations() const { return cache + 2.5 * largest; }
};

/// Of latents [1, z, frames, height, width], one latent frame at a time: every convolution of the decoder
/// with its 27, 9, 3 or 1 taps, and the attention of the middle block. The first chunk gives one frame at
/// every level, the others double where the level does.
DecodeWork decode_work(const VaeConfig& config, std::int64_t frames, std::int64_t height, std::int64_t width);

}  // namespace clipmill
