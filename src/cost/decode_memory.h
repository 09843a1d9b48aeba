// What decoding holds at its peak: the decoder's layers walked through with what is alive at each.
#pragma once

#include <cstdint>

#include "checkpoint/vae_config.h"
#include "core/memory_plan.h"

namespace clipmill {

/// Values beyond weights and latents, of latents [1, z, frames, height, width] decoded frame by frame. In
/// strips, maps between levels and what convolutions remember are on the host. `winograd`: fp32 on the CPU,
/// where convolutions need room for what they transform (model/vae/winograd.h); elsewhere they are taken to
/// need a copy of their input, which no GPU has been asked about yet.
double decode_activations(const VaeConfig& config, std::int64_t frames, std::int64_t height,
                          std::int64_t width, const DecodePlan& plan, bool winograd);

}  // namespace clipmill
