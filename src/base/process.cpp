#include "base/process.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstring>

namespace clipmill {

FreshProcess::FreshProcess() {
  ::posix_spawnattr_init(&attributes_);
  ::posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t signals;
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes_, &signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::sigaddset(&signals, signal);
  ::posix_spawnattr_setsigdefault(&attributes_, &signals);
  ::posix_spawnattr_setpgroup(&attributes_, 0);
}

FreshProcess::~FreshProcess() { ::posix_spawnattr_destroy(&attributes_); }

std::string describe_wait_status(int status) {
  if (!WIFSIGNALED(status)) return fmt::format("exit status {}", WEXITSTATUS(status));
  return fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
}

std::string last_lines(std::string_view printed, std::size_t count) {
  const std::size_t end = printed.find_last_not_of(" \n\r\t");
  if (end == printed.npos) return "";
  std::size_t begin = end;
  for (; count > 0 && begin != printed.npos; --count)
    begin = begin == 0 ? printed.npos : printed.rfind('\n', begin - 1);
  begin = begin == printed.npos ? 0 : begin + 1;
  return std::string(printed.substr(begin, end + 1 - begin));
}

}  // namespace clipmill
