#include "command/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>

#include "base/process_tree.h"
#include "command/spawn.h"

namespace clipmill {
namespace {

using SteadyClock = std::chrono::steady_clock;

class Guard {
 public:
  Guard(int socket, double grace_seconds) : socket_(socket), grace_(grace_seconds) {
    ::fcntl(socket_, F_SETFD, FD_CLOEXEC);
    adopt_orphans();
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child, nullptr);
    children_ = ::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~Guard() { ::close(children_); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  GuardReport run(const std::vector<std::string>& words) {
    const SpawnResult spawned = spawn_program(words);
    if (spawned.error != 0) return {false, spawned.error};
    program_ = spawned.pid;
    while (!status_) {
      wait();
      reap();
    }
    const bool none_left = end_descendants();
    return {true, *status_, !none_left};
  }

 private:
  /// Until something happens or the grace is over.
  void wait() {
    std::array<pollfd, 2> events{{{children_, POLLIN, 0}, {listening_ ? socket_ : -1, POLLIN, 0}}};
    ::poll(events.data(), events.size(), milliseconds_left());
    if (events[1].revents != 0) obey();
    if (deadline_ && SteadyClock::now() >= *deadline_) kill_all();
  }

  int milliseconds_left() const {
    if (!deadline_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - SteadyClock::now());
    return std::max(0, static_cast<int>(left.count()));
  }

  void obey() {
    char word = kKill;
    listening_ = ::recv(socket_, &word, 1, 0) > 0;
    if (word == kKill) return kill_all();
    ::kill(-program_, SIGTERM);
    if (!deadline_) {
      deadline_ = SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(grace_);
    }
  }

  void kill_all() {
    for (const pid_t pid : descendants(::getpid())) ::kill(pid, SIGKILL);
    deadline_ = SteadyClock::now() + std::chrono::milliseconds(20);  // again, for what was forked meanwhile
  }

  /// The program, and orphans that came to us.
  void reap() {
    signalfd_siginfo ignored;
    while (::read(children_, &ignored, sizeof ignored) > 0) {
    }
    int status = 0;
    for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
      if (pid == program_) status_ = status;
    }
  }

  const int socket_;
  const std::chrono::duration<double> grace_;
  int children_ = -1;
  pid_t program_ = -1;
  bool listening_ = true;
  std::optional<int> status_;
  std::optional<SteadyClock::time_point> deadline_;
};

}  // namespace

int run_guard(int socket, double grace_seconds, const std::vector<std::string>& words) {
  ::signal(SIGPIPE, SIG_IGN);
  const GuardReport report = Guard(socket, grace_seconds).run(words);
  const bool told = ::send(socket, &report, sizeof report, MSG_NOSIGNAL) == sizeof report;
  return told ? 0 : 1;
}

}  // namespace clipmill
