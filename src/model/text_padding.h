// The padding of a prompt, as one key of the cross-attention.
#pragma once

#include <ATen/ATen.h>

namespace clipmill {

struct MergedText {
  at::Tensor embeds;  ///< [B, S', d], S' ≤ S
  at::Tensor bias;    ///< [B, 1, 1, S'], for the attention scores; undefined: none
};

/// embeds [B, S, d], a prompt a row padded with zeros. Equal rows have equal keys and values in every block:
/// the n last ones, zero in all prompts of the batch, weigh as much as one of them whose score is larger by
/// log n. The same to rounding, at a tenth of the keys for a usual prompt.
MergedText merge_padding(const at::Tensor& embeds);

}  // namespace clipmill
