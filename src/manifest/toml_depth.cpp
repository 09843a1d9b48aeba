#include "manifest/toml_depth.h"

#include <algorithm>

namespace clipmill {
namespace {

constexpr int kMostDots = 16;

/// Bytes of the string that starts at `text`, quotes included, or all of `text` if it never ends.
std::size_t string_length(std::string_view text) {
  const char quote = text[0];
  const bool multiline = text.size() >= 3 && text[1] == quote && text[2] == quote;
  const std::string_view end = text.substr(0, multiline ? 3 : 1);
  for (std::size_t i = end.size(); i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text.substr(i, end.size()) == end || (!multiline && text[i] == '\n')) {
      return i + end.size();
    }
  }
  return text.size();
}

std::size_t token_length(std::string_view text) {
  if (text[0] == '"' || text[0] == '\'') return string_length(text);
  if (text[0] == '#') return std::min(text.find('\n'), text.size());
  return 1;
}

}  // namespace

int line_of_deep_key(std::string_view toml) {
  int line = 1, dots = 0;
  while (!toml.empty()) {
    const std::string_view token = toml.substr(0, token_length(toml));
    toml.remove_prefix(token.size());
    line += static_cast<int>(std::ranges::count(token, '\n'));
    if (token == "\n" || token == "," || token == "=") dots = 0;
    if (token == "." && ++dots > kMostDots) return line;
  }
  return 0;
}

}  // namespace clipmill
