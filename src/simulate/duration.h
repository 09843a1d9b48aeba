// Lengths of time as people write them.
#pragma once

#include <string_view>

namespace clipmill {

/// "90", "90s", "15m", "8h", "2d", "1h30m": seconds. Throws Error(kInput), also on less than 0 and more than
/// 10¹² seconds.
double parse_duration(std::string_view text);

}  // namespace clipmill
