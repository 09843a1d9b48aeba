// What encoding one prompt takes (UMT5's encoder). Symbols: M tokens, d model dimension, a of all heads
// together, f of the feed-forward.
#pragma once

#include "checkpoint/text_encoder_config.h"

namespace clipmill {

/// N·(2M·(4d·a + 3d·f) + 4M²·a).
double text_encoder_flops(const TextEncoderConfig& config, double tokens);

/// Values held at the peak: scores and bias of all heads, or the gated feed-forward.
double text_encoder_activations(const TextEncoderConfig& config, double tokens);

}  // namespace clipmill
