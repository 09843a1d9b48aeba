// A guard in front of the TOML parser, whose tables are destroyed recursively.
#pragma once

#include <string_view>

namespace clipmill {

/// The line (from 1) of the first key with more than 16 dots, as in `a.a.a.a = 1` or `[a.a.a]`, which would
/// nest that many tables; 0 if there is none. Dots within strings and comments do not count.
int line_of_deep_key(std::string_view toml);

}  // namespace clipmill
