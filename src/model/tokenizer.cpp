#include "model/tokenizer.h"

#include <sentencepiece_processor.h>

#include <algorithm>

#include "base/error.h"
#include "model/spiece_file.h"

namespace clipmill {

Tokenizer::Tokenizer(const std::filesystem::path& spiece_model)
    : processor_(std::make_unique<sentencepiece::SentencePieceProcessor>()) {
  const auto status = processor_->LoadFromSerializedProto(read_spiece_file(spiece_model));
  if (!status.ok()) {
    throw Error(ErrorKind::kInput, fmt::format("{}: {}", spiece_model.string(), status.message()),
                "download the file again");
  }
  if (eos_id() < 0)
    throw input_error("{}: has no piece </s>, which ends every prompt", spiece_model.string());
  for (int id = 0; id < size(); ++id) {
    if (processor_->IsControl(id) || processor_->IsUnknown(id)) special_.push_back(processor_->IdToPiece(id));
  }
}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::int64_t Tokenizer::pad_id() const { return std::max(processor_->pad_id(), 0); }
std::int64_t Tokenizer::eos_id() const { return processor_->eos_id(); }
std::int64_t Tokenizer::unk_id() const { return processor_->unk_id(); }
std::int64_t Tokenizer::size() const { return processor_->GetPieceSize(); }

std::vector<std::int64_t> Tokenizer::encode(const std::string& cleaned_prompt, int max_length) const {
  if (max_length < 1) throw input_error("a prompt needs room for at least 1 token, not {}", max_length);
  Ids ids;
  const std::string_view prompt = cleaned_prompt;
  std::size_t start = 0;
  for (std::size_t i = 0; i < prompt.size();) {
    const auto special =
        std::ranges::find_if(special_, [&](auto& s) { return prompt.substr(i).starts_with(s); });
    if (special == special_.end()) {
      ++i;
      continue;
    }
    append_text(prompt.substr(start, i - start), ids);
    ids.push_back(processor_->PieceToId(*special));
    start = i += special->size();
  }
  append_text(prompt.substr(start), ids);
  ids.resize(std::min<std::size_t>(ids.size(), max_length - 1));
  ids.push_back(eos_id());
  return ids;
}

/// Word by word, as the reference does: a sum of scores over a long prompt would round otherwise.
void Tokenizer::append_text(std::string_view text, Ids& ids) const {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size() - 1) + 1;
    append_word(text.substr(0, end), ids);
    text.remove_prefix(end);
  }
}

/// Unknown characters in a row are one <unk>; so are the single bytes that some vocabularies would spell them
/// in.
void Tokenizer::append_word(std::string_view word, Ids& ids) const {
  std::vector<int> pieces;
  const auto status = processor_->Encode(word, &pieces);
  if (!status.ok()) throw Error(ErrorKind::kInternal, fmt::format("sentencepiece: {}", status.message()));
  bool after_unknown = false;
  for (const int piece : pieces) {
    const bool unknown = processor_->IsUnknown(piece) || processor_->IsByte(piece);
    if (!unknown) ids.push_back(piece);
    if (unknown && !after_unknown) ids.push_back(unk_id());
    after_unknown = unknown;
  }
}

}  // namespace clipmill
