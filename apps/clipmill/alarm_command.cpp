#include "clipmill/alarm_command.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/process.h"

namespace clipmill {
namespace {

constexpr const char* kAlarmCommandSeconds = "30";

std::vector<std::string> environment_with(const Alarm& alarm) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable; ++variable) all.emplace_back(*variable);
  all.push_back("CLIPMILL_ALARM=" + alarm.name);
  all.push_back("CLIPMILL_SUBJECT=" + alarm.subject);
  all.push_back(std::string("CLIPMILL_STATE=") + (alarm.firing ? "firing" : "ok"));
  all.push_back("CLIPMILL_ADVICE=" + alarm.advice);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

/// A file that holds `body`, so that a command that reads nothing keeps nobody from going on; −1: none.
int input_of(const std::string& body) {
  const int fd = ::memfd_create("alarm", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, body.data(), body.size()) < 0) return fd;
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

}  // namespace

std::string run_alarm_command(const std::string& command, const Alarm& alarm, const std::string& body) {
  std::vector<std::string> words = {"timeout", "--kill-after=2", kAlarmCommandSeconds, "/bin/sh",
                                    "-c",      command};
  std::vector<std::string> variables = environment_with(alarm);
  const int input = input_of(body);
  if (input < 0) return std::strerror(errno);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  const FreshProcess fresh;
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, words[0].c_str(), &actions, fresh.get(), pointers(words).data(),
                                   pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(input);
  if (error != 0) return std::strerror(error);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0 ? "" : describe_wait_status(status);
}

}  // namespace clipmill
