// How quantities are shown to people.
#pragma once

#include <cstdint>
#include <string>

namespace clipmill {

/// "512 B", "3.4 MiB", "21.2 GiB".
std::string format_bytes(std::int64_t bytes);
/// "0.42 s", "13.7 s", "2:05", "1:02:09".
std::string format_seconds(double seconds);

}  // namespace clipmill
