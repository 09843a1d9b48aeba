// Captions of a batch as the transformer's cross-attention sees them.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "model/text_encoder.h"
#include "model/tokenizer.h"

namespace clipmill {

using TokenIds = std::vector<std::int64_t>;

inline constexpr int kTextLength = 512;  ///< positions that the pipeline pads prompts to

/// A prompt as the pipeline gives it to the text encoder.
TokenIds caption_tokens(const Tokenizer& tokenizer, const std::string& caption);

/// Each different caption of a batch once, as padded token ids.
struct CaptionBatch {
  at::Tensor ids;    ///< [U, S]
  at::Tensor mask;   ///< [U, S], true for real tokens
  at::Tensor index;  ///< [B], which of the U each clip has

  static CaptionBatch of(const std::vector<const TokenIds*>& captions);
};

/// What cross-attention is given in place of `length` positions padded with zeros: the S longest caption's
/// and one more zero row. All pad positions have equal keys, so n of them weigh as much as one whose score is
/// larger by log n.
struct PaddedContext {
  at::Tensor embeds;  ///< [B, S + 1, d]
  at::Tensor bias;    ///< [B, 1, 1, S + 1]
};
PaddedContext encode_captions(const TextEncoder& encoder, const CaptionBatch& batch, int length);

}  // namespace clipmill
