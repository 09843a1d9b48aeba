#include "base/braces.h"

#include "base/error.h"

namespace clipmill {

std::string fill_braces(std::string_view text, const std::function<std::string(std::string_view)>& value) {
  std::string filled;
  while (true) {
    const std::size_t brace = text.find_first_of("{}");
    filled += text.substr(0, brace);
    if (brace == text.npos) return filled;
    text.remove_prefix(brace);
    if (text.starts_with("{{") || text.starts_with("}}")) {
      filled += text[0];
      text.remove_prefix(2);
      continue;
    }
    const std::size_t end = text.find('}');
    if (end == text.npos) throw input_error("has a {{ without its }}: write {{{{ for a brace");
    if (end == 0) throw input_error("has a }} without its {{: write }}}} for a brace");
    filled += value(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
  }
}

}  // namespace clipmill
