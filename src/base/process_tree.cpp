#include "base/process_tree.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <fstream>
#include <map>
#include <string>
#include <thread>

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr auto kPause = std::chrono::milliseconds(5);

/// 0 for what is no process or is gone.
pid_t pid_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  return error == std::errc() && end == name.data() + name.size() ? pid : 0;
}

/// "12 (a) b) S 7 …": the name may hold anything, so that the last parenthesis counts.
pid_t parent_of(const fs::path& folder) {
  std::ifstream file(folder / "stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == line.npos || name_end + 4 > line.size()) return 0;
  pid_t parent = 0;
  std::from_chars(line.data() + name_end + 4, line.data() + line.size(), parent);
  return parent;
}

/// Whether children are left; those that have ended are reaped.
bool has_children() {
  while (true) {
    const pid_t pid = ::waitpid(-1, nullptr, WNOHANG);
    if (pid == 0) return true;
    if (pid < 0 && errno != EINTR) return false;
  }
}

}  // namespace

std::vector<pid_t> descendants(pid_t root, const fs::path& proc) {
  std::multimap<pid_t, pid_t> children;
  std::error_code gone;
  for (fs::directory_iterator entry(proc, gone); entry != fs::directory_iterator(); entry.increment(gone)) {
    if (const pid_t pid = pid_of(entry->path())) children.emplace(parent_of(entry->path()), pid);
  }
  std::vector<pid_t> found = {root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [begin, end] = children.equal_range(found[i]);
    for (auto child = begin; child != end; ++child) found.push_back(child->second);
  }
  found.erase(found.begin());
  return found;
}

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

bool end_descendants(double seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (has_children()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    for (const pid_t pid : descendants(::getpid())) ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

}  // namespace clipmill
