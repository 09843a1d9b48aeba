// Numbers in texts.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace clipmill {

/// The number that all of `text` is, in the C locale; empty where it is none, or none of that type.
template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  return error == std::errc() && end == last ? std::optional(number) : std::nullopt;
}

}  // namespace clipmill
