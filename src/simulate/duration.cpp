#include "simulate/duration.h"

#include <charconv>
#include <cmath>

#include "base/error.h"

namespace clipmill {
namespace {

constexpr double kLongest = 1e12;

double unit_seconds(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3'600;
    case 'd':
      return 86'400;
    default:
      return 0;
  }
}

}  // namespace

double parse_duration(std::string_view text) {
  const Error error = input_error("a length of time is written as 90s, 15m, 8h or 2d, not \"{}\"", text);
  double total = 0;
  for (const char *at = text.data(), *end = at + text.size(); at == text.data() || at != end;) {
    double value = 0;
    const auto [behind, failure] = std::from_chars(at, end, value, std::chars_format::fixed);
    const double unit = behind == end ? 1 : unit_seconds(*behind);
    if (failure != std::errc() || unit == 0 || !(value >= 0)) throw error;
    total += value * unit;
    at = behind == end ? end : behind + 1;
  }
  if (!(total <= kLongest)) throw error;
  return total;
}

}  // namespace clipmill
