// What encoding one prompt takes (UMT5's encoder). Symbols: M tokens, d model dimension, a of all heads
// together, f of the feed-forward.
#pragma once

#include "checkpoint/text_encoder_config.h"
#include "core/job.h"
#include "cost/layered_weights.h"

namespace clipmill {

/// N·(2M·(4d·a + 3d·f) + 4M²·a).
double text_encoder_flops(const TextEncoderConfig& config, double tokens);

/// Values held at the peak, in units of `precision`: the buckets of all distances (int64), and scores and
/// bias of all heads or the gated feed-forward. `widens`: products in half precision are computed in fp32.
double text_encoder_activations(const TextEncoderConfig& config, double tokens,
                                Precision precision = Precision::kFp32, bool widens = false);

/// All but the embedding table, which stays in its file; in units of `precision`, of which fp16 keeps some in
/// fp32.
LayeredWeights text_encoder_weights(const TextEncoderConfig& config, Precision precision = Precision::kFp32);

}  // namespace clipmill
