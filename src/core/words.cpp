#include "core/words.h"

#include "base/error.h"

namespace clipmill {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%{}";

char next(std::string_view& text) {
  if (text.empty()) throw input_error("ends in a quote or backslash that is left open");
  const char c = text.front();
  text.remove_prefix(1);
  return c;
}

/// What follows the opening `quote`, which is taken with its end.
std::string quoted(std::string_view& text, char quote) {
  std::string inside;
  for (char c = next(text); c != quote; c = next(text)) {
    const bool escape = quote == '"' && c == '\\' && !text.empty() && (text[0] == '"' || text[0] == '\\');
    inside += escape ? next(text) : c;
  }
  return inside;
}

/// One word, up to the white space after it.
std::string take_word(std::string_view& text) {
  std::string word;
  while (!text.empty() && kBlank.find(text.front()) == kBlank.npos) {
    const char c = next(text);
    if (c == '\'' || c == '"') {
      word += quoted(text, c);
    } else {
      word += c == '\\' ? next(text) : c;
    }
  }
  return word;
}

std::string quote_word(const std::string& word) {
  if (!word.empty() && word.find_first_not_of(kPlain) == word.npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == text.npos) return words;
    text.remove_prefix(begin);
    words.push_back(take_word(text));
  }
}

std::string join_words(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + quote_word(word);
  return text;
}

}  // namespace clipmill
