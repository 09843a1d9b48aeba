// Moments as people write them.
#pragma once

#include <string>
#include <string_view>

namespace clipmill {

/// "2026-12-04", "2026-12-04 18:00" or "2026-12-04 18:00:30" in the machine's time zone, as Unix seconds.
/// Throws Error(kInput).
double parse_local_time(std::string_view text);
/// "2026-12-04 18:00:30".
std::string format_local_time(double unix_seconds);

}  // namespace clipmill
