#include "base/half_units.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace clipmill {
namespace {

/// Of the first processor.
std::vector<std::string> processor_flags(const std::filesystem::path& root) {
  std::ifstream file(root / "proc/cpuinfo");
  std::vector<std::string> flags;
  for (std::string line, flag; std::getline(file, line);) {
    if (!line.starts_with("flags")) continue;
    for (std::istringstream words(line); words >> flag;) flags.push_back(flag);
    break;
  }
  return flags;
}

}  // namespace

bool has_half_units(const std::filesystem::path& root, const char* capability) {
  constexpr std::array<std::string_view, 6> kNeeded = {"avx512f",  "avx512vl", "avx512bw",
                                                       "avx512dq", "avx2",     "fma"};
  const auto flags = processor_flags(root);
  const bool has = std::ranges::all_of(
      kNeeded, [&](std::string_view flag) { return std::ranges::find(flags, flag) != flags.end(); });
  return has && (capability == nullptr || std::string_view(capability).starts_with("avx512"));
}

bool has_half_units() {
  static const bool has = has_half_units("/", std::getenv("ATEN_CPU_CAPABILITY"));
  return has;
}

}  // namespace clipmill
