// clipmill top: devices, memory, stages, queue and alarms of the daemon, redrawn in place.
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "clipmill/command.h"
#include "clipmill/daemon_client.h"
#include "clipmill/interrupt.h"
#include "observe/top_text.h"

namespace clipmill {
namespace {

constexpr const char* kTopAbout =
    "What the daemon's devices are doing: how busy they are, what holds their memory (M the model, d data, i "
    "intermediates),\n"
    "which jobs run in which stage, what waits, and which alarms fire. Ctrl-C ends it. Where stdout is no "
    "terminal it is\n"
    "shown once.";

constexpr const char* kOtherScreen = "\x1b[?1049h\x1b[?25l";
constexpr const char* kOwnScreen = "\x1b[?1049l\x1b[?25h";

struct TopOptions {
  std::string state;
  double seconds = 2;
  bool once = false;
};

struct TerminalSize {
  std::size_t columns = 80, rows = 24;
};

TerminalSize terminal_size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

std::vector<std::string> frame(const DaemonClient& daemon) {
  const TerminalSize size = terminal_size();
  // More than a screen of them is not shown.
  const auto queue = daemon.get(fmt::format("/v1/queue?state=waiting&limit={}", size.rows));
  return top_lines(daemon.get("/v1/health"), queue, size.columns, size.rows);
}

/// Over what stood there, without a flicker.
void draw(const std::vector<std::string>& lines) {
  std::string text = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) text += (i > 0 ? "\r\n" : "") + lines[i] + "\x1b[K";
  fmt::print("{}\x1b[J", text);
  std::fflush(stdout);
}

/// Gives the terminal its own screen back, however this ends.
struct OtherScreen {
  OtherScreen() { fmt::print("{}", kOtherScreen); }
  ~OtherScreen() {
    fmt::print("{}", kOwnScreen);
    std::fflush(stdout);
  }
};

int watch_top(const TopOptions& options) {
  const DaemonClient daemon(daemon_place(options.state));
  if (options.once || ::isatty(STDOUT_FILENO) == 0) {
    for (const std::string& line : frame(daemon)) fmt::print("{}\n", line);
    return kAllDone;
  }
  frame(daemon);  // where no daemon answers, that is said on this screen
  const Interrupt interrupt;
  const OtherScreen screen;
  while (!interrupt.requested()) {
    draw(frame(daemon));
    pollfd ended{interrupt.fd(), POLLIN, 0};
    ::poll(&ended, 1, static_cast<int>(options.seconds * 1000));
  }
  return kAllDone;
}

}  // namespace

void add_top_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("top", kTopAbout);
  auto options = std::make_shared<TopOptions>();
  add_state_flag(*command, options->state);
  command->add_option("--every", options->seconds, "seconds between two looks")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  command->add_flag("--once", options->once, "one look, on stdout");
  command->callback([options, &exit_code] { exit_code = watch_top(*options); });
}

}  // namespace clipmill
