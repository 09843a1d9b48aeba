// What one pass of the transformer takes (Wan: arXiv 2503.20314). Symbols: L tokens of the clip, M of the
// prompt, d inner dimension, f of the feed-forward. A multiply-add is two operations.
#pragma once

#include <cstdint>

#include "checkpoint/transformer_config.h"
#include "core/job.h"
#include "core/memory_plan.h"
#include "cost/layered_weights.h"

namespace clipmill {

/// Operations of one pass: N·(2L·(6d² + 2d·f) + 4L²·d + 4L·M·d), N blocks, and those of the patch embedding
/// and the output projection. Keys and values of the prompt are apart: they are made once a clip.
double transformer_flops(const TransformerConfig& config, double tokens, double text_tokens);

/// Keys and values of one prompt in all blocks, N·4M·d², and its embedding.
double text_context_flops(const TransformerConfig& config, double text_tokens);

/// Values held at the peak of one pass for each of `prompts`, in units of `precision` (what stays fp32 counts
/// twice in half precision): the clip's tokens, a block's intermediates (2 + 2/chunks times L·d for
/// self-attention, L/slices·(d + f) for the feed-forward), the rotary table, keys and values of the prompts
/// in all blocks (streamed: their embeddings, and one block's), the velocities. On a CPU; a GPU takes larger
/// pieces of element-wise chains, some 50 MB more. `widens`: products in half precision are computed in fp32.
double transformer_activations(const TransformerConfig& config, double tokens, double text_tokens,
                               int prompts, const DenoisePlan& plan = {},
                               Precision precision = Precision::kFp32, bool widens = false);

/// Keys and values of one prompt in all blocks, in the same units.
double text_values_of_prompt(const TransformerConfig& config, double text_tokens);

/// In the same units; `int8`: those of the blocks in 8 bits.
LayeredWeights transformer_weights(const TransformerConfig& config, Precision precision = Precision::kFp32,
                                   bool int8 = false);

/// The same with LoRAs fused into them, whose files are so many values: W and B·A in fp32 beside the sum.
LayeredWeights with_loras(LayeredWeights weights, double lora_values);

}  // namespace clipmill
