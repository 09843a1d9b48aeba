#include "train/tokenizer_json.h"

#include <sentencepiece_processor.h>

#include <nlohmann/json.hpp>

namespace clipmill {
namespace {

using Json = nlohmann::ordered_json;

Json special_token(int id, const std::string& content) {
  return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", true}};
}

Json metaspace() {
  return {{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "always"}, {"split", true}};
}

/// </s> behind every text.
Json end_of_text() {
  const auto text = [](const char* id) { return Json{{"Sequence", {{"id", id}, {"type_id", 0}}}}; };
  const Json end = {{"SpecialToken", {{"id", "</s>"}, {"type_id", 0}}}};
  const Json token = {{"id", "</s>"}, {"ids", Json::array({1})}, {"tokens", Json::array({"</s>"})}};
  return {{"type", "TemplateProcessing"},
          {"single", Json::array({text("A"), end})},
          {"pair", Json::array({text("A"), end, text("B"), end})},
          {"special_tokens", {{"</s>", token}}}};
}

Json vocabulary(const sentencepiece::SentencePieceProcessor& model) {
  Json pieces = Json::array();
  for (int id = 0; id < model.GetPieceSize(); ++id) {
    pieces.push_back(Json::array({model.IdToPiece(id), static_cast<double>(model.GetScore(id))}));
  }
  return pieces;
}

}  // namespace

std::string tokenizer_json(const sentencepiece::SentencePieceProcessor& model) {
  Json added = Json::array();
  for (int id = 0; id < 3; ++id) added.push_back(special_token(id, model.IdToPiece(id)));
  const Json words = {{"type", "Sequence"},
                      {"pretokenizers", Json::array({Json{{"type", "WhitespaceSplit"}}, metaspace()})}};
  const Json unigram = {
      {"type", "Unigram"}, {"unk_id", 2}, {"vocab", vocabulary(model)}, {"byte_fallback", false}};
  const Json whole = {{"version", "1.0"},
                      {"truncation", nullptr},
                      {"padding", nullptr},
                      {"added_tokens", added},
                      {"normalizer", nullptr},
                      {"pre_tokenizer", words},
                      {"post_processor", end_of_text()},
                      {"decoder", metaspace()},
                      {"model", unigram}};
  return whole.dump(2) + "\n";
}

std::string tokenizer_config_json() {
  const Json config = {{"backend", "tokenizers"},
                       {"eos_token", "</s>"},
                       {"extra_ids", 0},
                       {"extra_special_tokens", Json::array()},
                       {"model_max_length", 512},
                       {"pad_token", "<pad>"},
                       {"tokenizer_class", "T5Tokenizer"},
                       {"unk_token", "<unk>"}};
  return config.dump(2) + "\n";
}

}  // namespace clipmill
