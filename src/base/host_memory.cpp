#include "base/host_memory.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// The number after `key` in a file of "key number" lines; 0 if absent.
std::int64_t value_of(const fs::path& path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  for (std::int64_t value = 0; file >> word;) {
    if (word == key && file >> value) return value;
  }
  return 0;
}

/// The number that a file consists of; empty for "max" or no file.
std::optional<std::int64_t> number_in_file(const fs::path& path) {
  std::ifstream file(path);
  std::int64_t value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

struct ControlGroup {
  fs::path folder;  ///< relative to the hierarchy's mount
  bool v2 = false;
};

/// From lines "0::/user.slice" (v2) or "5:memory:/docker/…" (v1).
ControlGroup control_group(const fs::path& file) {
  std::ifstream lines(file);
  ControlGroup group{{}, true};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const fs::path folder = fs::path(line.substr(second + 1)).relative_path();
    if (controllers.find(",memory,") != std::string::npos) return {folder, false};
    if (controllers == ",,") group.folder = folder;
  }
  return group;
}

/// Lowers `memory` to what one group allows.
void apply_limit(HostMemory& memory, const fs::path& folder, bool v2) {
  const auto limit = number_in_file(folder / (v2 ? "memory.max" : "memory.limit_in_bytes"));
  if (!limit || *limit >= memory.total_bytes) return;
  const std::int64_t used = number_in_file(folder / (v2 ? "memory.current" : "memory.usage_in_bytes")).value_or(0);
  const std::int64_t cache = value_of(folder / "memory.stat", v2 ? "inactive_file" : "total_inactive_file");
  memory.total_bytes = *limit;
  memory.available_bytes =
      std::clamp<std::int64_t>(*limit - (used - cache), 0, std::min(memory.available_bytes, *limit));
}

}  // namespace

HostMemory host_memory(const fs::path& root) {
  HostMemory memory{value_of(root / "proc/meminfo", "MemTotal:") * 1024,
                    value_of(root / "proc/meminfo", "MemAvailable:") * 1024};
  const ControlGroup group = control_group(root / "proc/self/cgroup");
  const fs::path mount = root / (group.v2 ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
  fs::path folder = group.folder;
  while (true) {  // a limit of any ancestor holds
    apply_limit(memory, mount / folder, group.v2);
    if (folder.empty()) return memory;
    folder = folder.parent_path();
  }
}

}  // namespace clipmill
