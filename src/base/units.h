// How quantities are shown to people, and read from them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace clipmill {

/// "512 B", "3.4 MiB", "21.2 GiB".
std::string format_bytes(std::int64_t bytes);
/// "2 GiB", "1.5GiB", "800 MB", "4096" (bytes): units by 1024 (KiB … TiB, K … T) and by 1000 (kB … TB), in
/// any case. Throws Error(kInput), also for less than a byte and more than 2^62.
std::int64_t parse_bytes(std::string_view text);
/// "0.42 s", "13.7 s", "2:05", "1:02:09".
std::string format_seconds(double seconds);

}  // namespace clipmill
