// Text measured in terminal columns: what is cut or padded here stays in its place on the screen.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace clipmill {

/// Columns that UTF-8 `text` takes; Chinese, Japanese and Korean characters and emoji take two.
std::size_t columns(std::string_view text);

/// `text` on one line of at most `width` columns: control characters and broken UTF-8 become "?", and "…"
/// stands for what is cut.
std::string fit_columns(std::string_view text, std::size_t width);

/// The same, but cut in the middle: of file names the end says more than what lies before it.
std::string fit_columns_middle(std::string_view text, std::size_t width);

/// `text` followed by spaces up to `width` columns.
std::string pad_columns(std::string_view text, std::size_t width);

}  // namespace clipmill
