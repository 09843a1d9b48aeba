#include "base/process_tree.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <thread>

#include "base/process_info.h"

namespace clipmill {
namespace {

constexpr auto kPause = std::chrono::milliseconds(5);

/// Whether children are left; those that have ended are reaped.
bool has_children() {
  while (true) {
    const pid_t pid = ::waitpid(-1, nullptr, WNOHANG);
    if (pid == 0) return true;
    if (pid < 0 && errno != EINTR) return false;
  }
}

}  // namespace

std::vector<pid_t> descendants(pid_t root, const std::filesystem::path& proc) {
  std::multimap<pid_t, pid_t> children;
  for (const ProcessInfo& process : list_processes(proc)) children.emplace(process.parent, process.pid);
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
