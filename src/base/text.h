// Small helpers on strings.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clipmill {

/// The candidate nearest to `word` by edit distance, or empty when none is near enough to be a slip of the
/// pen.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// `text` cut to at most `limit` bytes at a UTF-8 boundary, with "…" where something is left out.
std::string shorten(std::string_view text, std::size_t limit);

/// Whether `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

/// With the letters A–Z as a–z.
std::string lower_case(std::string_view text);

/// `text` without white space at its ends.
std::string_view trimmed(std::string_view text);

/// What lies between the separators, empty pieces left out.
std::vector<std::string_view> pieces(std::string_view list, char separator);

/// A file-name-safe form of `text`: letters and digits of any script stay, the rest becomes single dashes; at
/// most `limit` bytes.
std::string slug(std::string_view text, std::size_t limit = 48);

}  // namespace clipmill
