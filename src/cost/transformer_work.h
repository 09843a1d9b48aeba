// What one pass of the transformer takes (Wan: arXiv 2503.20314). Symbols: L tokens of the clip, M of the
// prompt, d inner dimension, f of the feed-forward. A multiply-add is two operations.
#pragma once

#include <cstdint>

#include "checkpoint/transformer_config.h"

namespace clipmill {

/// Operations of one pass: N·(2L·(6d² + 2d·f) + 4L²·d + 4L·M·d), N blocks, and those of the patch embedding
/// and the output projection. Keys and values of the prompt are apart: they are made once a clip.
double transformer_flops(const TransformerConfig& config, double tokens, double text_tokens);

/// Keys and values of one prompt in all blocks, N·4M·d², and its embedding.
double text_context_flops(const TransformerConfig& config, double text_tokens);

/// Values held at the peak of one pass: max(9·L·d, 2·L·(d + f)) of the eager block, the rotary table, and the
/// prompt's keys and values, once for each of `prompts`.
double transformer_activations(const TransformerConfig& config, double tokens, double text_tokens,
                               int prompts);

}  // namespace clipmill
