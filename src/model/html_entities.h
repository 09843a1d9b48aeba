// HTML character references (&amp; &#x27; &eacute;) as Python's html.unescape reads them, because that is
// what the reference pipeline applies to every prompt.
#pragma once

#include <string>
#include <string_view>

namespace clipmill {

struct HtmlEntity {
  std::string_view name;  ///< without "&"; with ";" unless HTML allows the name to stand without it
  std::string_view text;  ///< UTF-8
};

/// The entity with the longest name that `text` begins with (`text` starts after the "&"), or null.
const HtmlEntity* longest_html_entity(std::string_view text);

/// The code point that byte `byte` (0x80 to 0x9f) stands for in windows-1252; five of them are not assigned
/// and stay as they are.
char32_t from_windows_1252(char32_t byte);

/// `code_point` as UTF-8.
std::string utf8(char32_t code_point);

/// Every reference replaced, numeric and named, with and without semicolon; unknown ones stay. Code points
/// that HTML forbids vanish; surrogates and numbers beyond Unicode become U+FFFD.
std::string html_unescape(std::string_view text);

}  // namespace clipmill
