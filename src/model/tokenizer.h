// Prompt → token ids, by the sentencepiece library on the checkpoint's tokenizer/spiece.model.
//
// The judge is the fast T5 tokenizer of Hugging Face (transformers 5.23). Where the two differ:
// - it looks at whole grapheme clusters when it normalises, sentencepiece at code points: a compatibility
// character
//   that carries a combining mark ("½" + U+030D) may come out otherwise;
// - it takes id 2 for unknown characters whatever the vocabulary says; here the vocabulary decides;
// - it knows <extra_id_N>, which no spiece.model names, and finds "<0x41>" among the byte pieces: typed in a
// prompt
//   both are plain text here;
// - where the model does not normalise, a typed U+2581 ("▁") at the beginning of a word does not count as its
// space. Nowhere else in some thousand prompts of all scripts (tests/parity/make_text_golden.py).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace clipmill {

class Tokenizer {
 public:
  /// Reads the model. Throws Error(kInput) naming the file if it is missing, damaged or has no </s>.
  explicit Tokenizer(const std::filesystem::path& spiece_model);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  /// The ids of a prompt that went through clean_prompt: at most max_length - 1 pieces, then </s>; no
  /// padding. A special token typed in the prompt ("</s>", "<pad>") becomes its own id. Needs max_length ≥ 1.
  std::vector<std::int64_t> encode(const std::string& cleaned_prompt, int max_length) const;

  /// What fills the rows after </s>; 0 where the model names none.
  std::int64_t pad_id() const;
  std::int64_t eos_id() const;
  std::int64_t unk_id() const;
  /// Pieces of the model; the text encoder's embedding may have more rows, never fewer.
  std::int64_t size() const;

 private:
  using Ids = std::vector<std::int64_t>;

  void append_text(std::string_view text, Ids& ids) const;
  void append_word(std::string_view word, Ids& ids) const;

  std::unique_ptr<sentencepiece::SentencePieceProcessor> processor_;
  std::vector<std::string> special_;  ///< pieces that text can name but never contains: <pad>, </s>, <unk>, …
};

}  // namespace clipmill
