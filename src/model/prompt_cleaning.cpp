#include "model/prompt_cleaning.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/error.h"
#include "model/html_entities.h"
#include "model/text_fixes.h"

namespace clipmill {
namespace {

void check_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    UChar32 c = 0;
    U8_NEXT(text.data(), i, text.size(), c);
    if (c < 0)
      throw Error(ErrorKind::kInput, fmt::format("prompt: byte {} is not UTF-8", start + 1),
                  "save the text as UTF-8");
  }
}

/// Unicode's White_Space and the four ASCII separators: what Python's \s matches.
bool is_space(UChar32 c) { return u_isUWhiteSpace(c) || (c >= 0x1C && c <= 0x1F); }

/// Runs of white space become one space; none stays at the ends.
std::string collapse_space(std::string_view text) {
  std::string out;
  bool pending = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    UChar32 c = 0;
    U8_NEXT(text.data(), i, text.size(), c);
    if (!is_space(c)) {
      if (pending && !out.empty()) out += ' ';
      out += text.substr(start, i - start);
    }
    pending = is_space(c);
  }
  return out;
}

}  // namespace

std::string clean_prompt(std::string_view utf8) {
  check_utf8(utf8);
  return collapse_space(html_unescape(html_unescape(fix_text(utf8))));
}

}  // namespace clipmill
