// clipmill-command: programs of the user's on one device. Started by clipmill with one end of a socket pair;
// it starts itself once more as the guard of each program (command/guard.h).
#include <fcntl.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "base/version.h"
#include "command/command_worker.h"

namespace clipmill {
namespace {

// Names this very program, also when its file has been replaced since.
constexpr const char* kSelf = "/proc/self/exe";

int serve(int link_fd, const std::string& device, double grace_seconds) {
  ::signal(SIGINT, SIG_IGN);  // Ctrl-C is for the main program, which then cancels us in good order
  ::signal(SIGPIPE, SIG_IGN);
  ::fcntl(link_fd, F_SETFD, FD_CLOEXEC);  // a program that held the link would keep us from seeing its end
  link::Connection connection(link_fd);
  const auto python = std::filesystem::canonical(kSelf).parent_path() / "clipmill-python";
  const CommandSettings settings{{kSelf, "--grace", std::to_string(grace_seconds)}, python.string()};
  const SystemClock clock;
  CommandWorker(device, settings, clock, connection).run();
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  CLI::App app("Programs of yours on one device. Started by clipmill; not for use by hand.",
               "clipmill-command");
  int link_fd = -1, guard_fd = -1, threads = 0;
  double grace = 5;
  std::string device = "cpu:0";
  app.set_version_flag("--version", std::string(clipmill::kVersion));
  app.add_option("--link-fd", link_fd, "the socket to the main program");
  app.add_option("--device", device, "cpu:N or cuda:N");
  app.add_option("--threads", threads, "OMP_NUM_THREADS of the programs; 0: as they like");
  app.add_option("--grace", grace, "seconds between SIGTERM and SIGKILL");
  app.add_option("--guard-fd", guard_fd, "as the guard of a program: the socket to the worker");
  // What follows "--" is the program's, which CLI11 must not read.
  char** const end = argv + argc;
  char** const dashes = std::find_if(argv, end, [](std::string_view word) { return word == "--"; });
  CLI11_PARSE(app, static_cast<int>(dashes - argv), argv);
  try {
    if (guard_fd >= 0) return clipmill::run_guard(guard_fd, grace, {dashes + (dashes != end), end});
    if (threads > 0) ::setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);
    if (link_fd >= 0) return clipmill::serve(link_fd, device, grace);
    std::cerr << "clipmill-command: started by clipmill; see clipmill run --help\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "clipmill-command: " << error.what() << "\n";
    return 1;
  }
}
