#include "command/guarded_program.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/process_tree.h"

namespace clipmill {
namespace {

constexpr int kGuardFd = 3;

std::vector<std::string> guard_words(GuardCommand guard, const std::vector<std::string>& words) {
  for (const auto& word : {std::string("--guard-fd"), std::to_string(kGuardFd), std::string("--")})
    guard.push_back(word);
  guard.insert(guard.end(), words.begin(), words.end());
  return guard;
}

}  // namespace

GuardedProgram::GuardedProgram(const GuardCommand& guard, const std::vector<std::string>& words,
                               SpawnSettings settings, int output) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    throw io_error("cannot make a socket for a command", errno);
  adopt_orphans();  // should the guard be killed, its wards come to us
  settings.files = {{output, STDOUT_FILENO}, {output, STDERR_FILENO}, {sockets[1], kGuardFd}};
  const SpawnResult spawned = spawn_program(guard_words(guard, words), settings);
  ::close(sockets[1]);
  socket_ = sockets[0];
  guard_ = spawned.pid;
  if (spawned.error == 0) return;
  ::close(socket_);
  throw Error(ErrorKind::kWorker,
              fmt::format("cannot start the guard of a command: {}", std::strerror(spawned.error)));
}

GuardedProgram::~GuardedProgram() {
  if (guard_ > 0) kill();
  reap();
  ::close(socket_);
}

std::optional<GuardReport> GuardedProgram::take_end() {
  GuardReport report;
  const ssize_t size = ::recv(socket_, &report, sizeof report, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  reap();
  if (size == sizeof report) return report;
  end_descendants();
  throw Error(ErrorKind::kWorker, "the guard of the command was killed, and the command with it");
}

std::vector<pid_t> GuardedProgram::processes() const { return descendants(guard_); }

void GuardedProgram::say(char word) { ::send(socket_, &word, 1, MSG_NOSIGNAL); }

void GuardedProgram::reap() {
  while (guard_ > 0 && ::waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) {
  }
  guard_ = -1;
}

}  // namespace clipmill
