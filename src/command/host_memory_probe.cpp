#include "command/host_memory_probe.h"

#include <fstream>
#include <optional>
#include <string>

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kKibibyte = 1024;

/// The number behind `key` in a file of "Key:  123 kB" lines.
std::optional<std::int64_t> kibibytes(const fs::path& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) return std::atoll(line.c_str() + key.size());
  }
  return std::nullopt;
}

}  // namespace

std::int64_t HostMemoryProbe::bytes(std::span<const pid_t> processes) {
  std::int64_t sum = 0;
  for (const pid_t pid : processes) {
    const fs::path folder = proc_ / std::to_string(pid);
    auto size = kibibytes(folder / "smaps_rollup", "Pss:");
    if (!size) size = kibibytes(folder / "status", "VmRSS:");
    sum += size.value_or(0) * kKibibyte;
  }
  return sum;
}

}  // namespace clipmill
