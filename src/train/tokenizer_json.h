// A SentencePiece unigram model in the JSON forms that Transformers reads.
#pragma once

#include <string>

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace clipmill {

/// tokenizer.json of Hugging Face's tokenizers, as T5Tokenizer saves it. For a model with <pad> 0, </s> 1,
/// <unk> 2 and no normalisation.
std::string tokenizer_json(const sentencepiece::SentencePieceProcessor& model);
std::string tokenizer_config_json();

}  // namespace clipmill
