#include "media/metadata.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace clipmill {
namespace {

constexpr std::size_t kFieldLimit = 256;

// The standard wants values in printable ASCII without quotation mark and backslash; others become '_', which
// keeps a name of other letters from vanishing altogether.
std::string plain(const std::string& text) {
  std::string result;
  for (const unsigned char c : text) {
    const bool allowed = c > 0x20 && c < 0x7F && c != '"' && c != '\\';
    if (allowed || c == ' ')
      result += static_cast<char>(c);
    else if ((c & 0xC0) != 0x80)
      result += '_';
  }
  return result.substr(0, kFieldLimit);
}

}  // namespace

std::string aigc_json(const ClipMetadata& metadata) {
  const std::string producer = plain(metadata.producer), id = plain(metadata.produce_id);
  return nlohmann::ordered_json{{"Label", "1"},        {"ContentProducer", producer},   {"ProduceID", id},
                                {"ReservedCode1", ""}, {"ContentPropagator", producer}, {"PropagateID", id},
                                {"ReservedCode2", ""}}
      .dump();
}

std::map<std::string, std::string> container_metadata(const ClipMetadata& metadata) {
  return {{"prompt", shorten(valid_utf8(metadata.prompt), kPromptLimit)},
          {"seed", std::to_string(metadata.seed)},
          {"model", valid_utf8(metadata.model)},
          {"plan", valid_utf8(metadata.plan)},
          {"version", valid_utf8(metadata.version)},
          {"comment", "AI-generated"},
          {"AIGC", aigc_json(metadata)}};
}

std::string valid_utf8(std::string text) {
  std::erase(text, '\0');
  const nlohmann::json json(std::move(text));
  // The JSON library is the judge of UTF-8: what it writes with replacements, it reads back valid.
  return nlohmann::json::parse(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
      .get<std::string>();
}

}  // namespace clipmill
