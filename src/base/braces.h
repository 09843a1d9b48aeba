// Texts with placeholders in braces, as names of files and command lines are written: "{index}-{slug}.mp4".
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace clipmill {

/// `text` with every {…} replaced by what `value` makes of its inside; {{ and }} stand for the braces
/// themselves. Throws Error(kInput) on a brace without its partner, and what `value` throws.
std::string fill_braces(std::string_view text, const std::function<std::string(std::string_view)>& value);

}  // namespace clipmill
