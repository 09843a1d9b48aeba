// Learns the tokenizer of a new model from the captions it will be trained on.
#pragma once

#include <span>
#include <string>

#include "train/tokenizer_files.h"

namespace clipmill {

struct TrainedTokenizer {
  TokenizerFiles files;
  int size = 0;  ///< pieces: what the text encoder's vocab_size has to be
};

/// A SentencePiece unigram model: <pad> 0, </s> 1, <unk> 2, no <s>, no normalisation. At most `vocabulary`
/// pieces, fewer where the captions yield fewer; every word of the captions becomes one piece while there is
/// room. Small Latin letters, digits and . , ! ? ' - are always among the pieces, so that other prompts are
/// no row of <unk>. The same captions give the same bytes. Throws Error(kInput) for no captions, or a
/// vocabulary that is too small for the captions' characters.
TrainedTokenizer train_tokenizer(std::span<const std::string> captions, int vocabulary);

}  // namespace clipmill
