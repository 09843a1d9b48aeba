#include "base/local_time.h"

#include <array>
#include <ctime>

#include "base/error.h"
#include "base/text.h"

namespace clipmill {

double parse_local_time(std::string_view text) {
  const std::string whole(text);
  for (const char* format :
       {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* end = ::strptime(whole.c_str(), format, &parts);
    if (!end || *end != '\0') continue;
    parts.tm_isdst = -1;
    const std::time_t seconds = std::mktime(&parts);
    if (seconds != -1) return static_cast<double>(seconds);
  }
  throw input_error("must be a moment as 2026-12-04 18:00, not \"{}\"", shorten(text, 60));
}

std::string format_local_time(double unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return text.data();
}

}  // namespace clipmill
