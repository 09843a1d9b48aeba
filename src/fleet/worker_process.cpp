#include "fleet/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/process.h"

namespace clipmill {
namespace {

constexpr int kLinkFd = 3;

/// A file descriptor that is closed when its scope ends.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// What the child does between spawn and exec: output into the pipe, the link as fd 3, nothing else
/// inherited.
class FileActions {
 public:
  FileActions(int link, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, link, kLinkFd);
  }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// Pointers to each text, and none behind the last, as exec takes them.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment_of(const WorkerCommand& command) {
  std::vector<std::string> all;
  for (char** each = ::environ; *each; ++each) all.emplace_back(*each);
  for (const auto& [name, value] : command.environment) {
    if (!std::getenv(name.c_str())) all.push_back(name + "=" + value);
  }
  return all;
}

pid_t spawn(const WorkerCommand& command, const std::string& device, int link, int output) {
  std::vector<std::string> words = {command.program.string()};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  const OfDevice own = command.of(device);
  words.insert(words.end(), own.arguments.begin(), own.arguments.end());
  for (const auto& word :
       {std::string("--link-fd"), std::to_string(kLinkFd), std::string("--device"), device}) {
    words.push_back(word);
  }
  std::vector<std::string> environment = environment_of(command);
  const std::vector<char*> argv = pointers(words), envp = pointers(environment);

  pid_t pid = -1;
  const FileActions actions(link, output);
  const int error =
      ::posix_spawn(&pid, argv[0], actions.get(), FreshProcess().get(), argv.data(), envp.data());
  if (error == 0) return pid;
  throw Error(ErrorKind::kWorker,
              fmt::format("cannot start the worker {}: {}", command.program.string(), std::strerror(error)),
              "it is built together with clipmill and lies beside it; see clipmill doctor");
}

/// Whether the process ends within `seconds`.
bool ends_within(pid_t pid, double seconds) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd wanted{process.get(), POLLIN, 0};
  return process.get() >= 0 && ::poll(&wanted, 1, static_cast<int>(seconds * 1000)) == 1;
}

}  // namespace

WorkerProcess::WorkerProcess(const WorkerCommand& command, const std::string& device, bool show_output) {
  std::array<int, 2> sockets{}, pipe{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    throw io_error("cannot make a socket for a worker", errno);
  }
  connection_ = std::make_unique<link::Connection>(sockets[0]);
  const Fd link(sockets[1]);
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw io_error("cannot make a pipe for a worker", errno);
  output_ = std::make_unique<OutputTail>(pipe[0], show_output);
  const Fd output(pipe[1]);
  pid_ = spawn(command, device, link.get(), output.get());
}

WorkerProcess::~WorkerProcess() {
  hang_up();
  wait_for_end();
}

int WorkerProcess::wait_for_end(double grace_seconds) {
  if (pid_ < 0) return status_;
  killed_ = !ends_within(pid_, grace_seconds);
  if (killed_) ::kill(-pid_, SIGKILL);
  while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  output_->drain();
  return status_;
}

}  // namespace clipmill
