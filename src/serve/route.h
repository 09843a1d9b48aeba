// Paths with a place for one name in them.
#pragma once

#include <optional>
#include <string_view>

namespace clipmill {

/// What stands in `path` where `pattern` has "{}": one segment, not empty; "" where it has none. Empty where
/// they differ.
inline std::optional<std::string_view> matched(std::string_view path, std::string_view pattern) {
  const std::size_t place = pattern.find("{}");
  if (place == pattern.npos) return path == pattern ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view before = pattern.substr(0, place), behind = pattern.substr(place + 2);
  if (!path.starts_with(before) || !path.ends_with(behind) || path.size() <= before.size() + behind.size())
    return std::nullopt;
  const std::string_view name = path.substr(before.size(), path.size() - before.size() - behind.size());
  return name.find('/') == name.npos ? std::optional(name) : std::nullopt;
}

}  // namespace clipmill
