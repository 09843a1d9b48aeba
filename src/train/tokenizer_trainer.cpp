#include "train/tokenizer_trainer.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <set>
#include <sstream>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "model/prompt_cleaning.h"
#include "train/tokenizer_json.h"

namespace clipmill {
namespace {

constexpr std::string_view kAlwaysKnown = "abcdefghijklmnopqrstuvwxyz0123456789.,!?'-";

class Sentences : public sentencepiece::SentenceIterator {
 public:
  explicit Sentences(const std::vector<std::string>& sentences) : sentences_(sentences) {}
  bool done() const override { return next_ == sentences_.size(); }
  void Next() override { ++next_; }
  const std::string& value() const override { return sentences_[next_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& sentences_;
  std::size_t next_ = 0;
};

/// Captions as the tokenizer will meet them, then every word with a mark behind it: the library makes pieces
/// only of what occurs in two different words.
std::vector<std::string> sentences_of(std::span<const std::string> captions) {
  std::vector<std::string> sentences;
  std::set<std::string> words;
  for (const std::string& caption : captions) {
    sentences.push_back(clean_prompt(caption));
    std::istringstream stream(sentences.back());
    for (std::string word; stream >> word;) words.insert(word);
  }
  if (words.empty()) {
    throw Error(ErrorKind::kInput, "no caption to learn a tokenizer from", "give every clip a caption");
  }
  for (const std::string& word : words) sentences.push_back(word + ",");
  return sentences;
}

std::unordered_map<std::string, std::string> options(int vocabulary) {
  return {{"model_type", "unigram"},
          {"vocab_size", std::to_string(vocabulary)},
          {"hard_vocab_limit", "false"},
          {"character_coverage", "1"},
          {"required_chars", std::string(kAlwaysKnown)},
          {"normalization_rule_name", "identity"},
          {"pad_id", "0"},
          {"eos_id", "1"},
          {"unk_id", "2"},
          {"bos_id", "-1"},
          {"max_sentence_length", "65536"},
          {"num_threads", "1"},  // sums over threads would depend on their number
          {"minloglevel", "3"}};
}

/// Each character is a piece, as are the mark of a word's beginning, padding, end and the unknown.
std::size_t least_vocabulary(const std::vector<std::string>& sentences) {
  std::set<std::string> characters;
  const auto add = [&](std::string_view text) {
    for (std::size_t i = 0, end; i < text.size(); i = end) {
      for (end = i + 1; end < text.size() && (text[end] & 0xC0) == 0x80;) ++end;
      characters.emplace(text.substr(i, end - i));
    }
  };
  add(kAlwaysKnown);
  for (const std::string& sentence : sentences) add(sentence);
  characters.erase(" ");
  return characters.size() + 4;
}

/// Why it could not be learned; the library speaks of its own source.
std::string reason(const std::vector<std::string>& sentences, int vocabulary, const std::string& theirs) {
  const std::size_t least = least_vocabulary(sentences);
  if (static_cast<std::size_t>(vocabulary) >= least) return theirs;
  return fmt::format("its characters alone are {}", least);
}

std::string train(const std::vector<std::string>& sentences, int vocabulary) {
  Sentences iterator(sentences);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(options(vocabulary), &iterator, &model);
  if (!status.ok()) {
    throw Error(ErrorKind::kInput,
                fmt::format("a tokenizer of {} pieces cannot be learned: {}", vocabulary,
                            reason(sentences, vocabulary, status.message())),
                "set a larger vocabulary");
  }
  return model;
}

}  // namespace

TrainedTokenizer train_tokenizer(std::span<const std::string> captions, int vocabulary) {
  const std::string model = train(sentences_of(captions), vocabulary);
  sentencepiece::SentencePieceProcessor processor;
  if (const auto status = processor.LoadFromSerializedProto(model); !status.ok()) {
    throw Error(ErrorKind::kInternal, fmt::format("sentencepiece: {}", status.message()));
  }
  return {{{"spiece.model", model},
           {"tokenizer.json", tokenizer_json(processor)},
           {"tokenizer_config.json", tokenizer_config_json()}},
          processor.GetPieceSize()};
}

}  // namespace clipmill
