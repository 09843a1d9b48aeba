// Words in one text, quoted as in a POSIX shell; nothing is expanded.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clipmill {

/// White space parts words; '…' is literal, "…" knows \" and \\, and a backslash outside of quotes makes the
/// next character literal. Throws Error(kInput) on a quote that does not end.
std::vector<std::string> split_words(std::string_view text);
/// The text that split_words() splits into `words`.
std::string join_words(std::span<const std::string> words);

}  // namespace clipmill
