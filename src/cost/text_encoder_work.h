// What encoding one prompt takes (UMT5's encoder). Symbols: M tokens, d model dimension, a of all heads
// together, f of the feed-forward.
#pragma once

#include "checkpoint/text_encoder_config.h"
#include "core/job.h"
#include "core/memory_plan.h"

namespace clipmill {

/// N·(2M·(4d·a + 3d·f) + 4M²·a).
double text_encoder_flops(const TextEncoderConfig& config, double tokens);

/// Values held at the peak, in units of `precision`: the buckets of all distances (int64), and scores and
/// bias of all heads or the gated feed-forward.
double text_encoder_activations(const TextEncoderConfig& config, double tokens,
                                Precision precision = Precision::kFp32);

/// Weights on the device, in values: all but the embedding table, which stays in its file; of streamed layers
/// two.
double text_encoder_weights_held(const TextEncoderConfig& config, const EncodeTextPlan& plan);

}  // namespace clipmill
