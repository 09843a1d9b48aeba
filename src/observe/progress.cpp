#include "observe/progress.h"
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "base/units.h"
#include "core/memory_ladder.h"
#include "observe/columns.h"
#include "observe/progress_text.h"

namespace clipmill {
namespace {

constexpr double kSecondsBetweenDraws = 0.1;
constexpr double kSecondsBetweenLines = 30;
constexpr std::string_view kEraseLineAbove = "\x1b[1A\x1b[2K";

bool is_terminal(std::FILE* out) {
  const char* kind = std::getenv("TERM");
  return ::isatty(::fileno(out)) && kind && std::string_view(kind) != "dumb";
}

std::size_t terminal_width(std::FILE* out) {
  winsize size{};
  const bool known = ::ioctl(::fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

/// Control characters in a message could move the cursor; a message of several lines is shown as one.
std::string one_line(std::string_view text) { return fit_columns(text, std::string_view::npos); }

/// All lines of a message, those after the first indented.
std::string all_lines(std::string_view text) {
  std::string lines;
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1))
    lines += one_line(text.substr(0, end)) + "\n        ";
  return lines + one_line(text);
}

}  // namespace

Progress::Progress(std::span<const Job> jobs, const Clock& clock, std::FILE* out)
    : board_(jobs),
      clock_(clock),
      out_(out),
      terminal_(is_terminal(out)),
      next_draw_(clock.now() + (terminal_ ? 0 : kSecondsBetweenLines)) {}

Progress::~Progress() { erase(); }

void Progress::erase() {
  for (; lines_drawn_ > 0; --lines_drawn_) fmt::print(out_, "{}", kEraseLineAbove);
  std::fflush(out_);
}

void Progress::on_event(const Event& event) {
  board_.on_event(event, clock_.now());
  const std::string ended = ended_line(event);
  if (!terminal_) {
    print_plain(ended);
  } else if (!ended.empty() || clock_.now() >= next_draw_) {
    draw(ended);
  }
}

void Progress::notice(std::string_view line) {
  erase();
  fmt::print(stderr, "{}\n", line);
  if (terminal_) draw("");
}

void Progress::print_plain(const std::string& ended) {
  std::string lines = ended;
  if (lines.empty() && clock_.now() >= next_draw_) {
    for (const DeviceProgress& device : board_.devices(clock_.now())) lines += plain_line(device) + "\n";
  }
  if (lines.empty()) return;
  fmt::print(out_, "{}", lines);
  std::fflush(out_);
  next_draw_ = clock_.now() + kSecondsBetweenLines;
}

std::string Progress::ended_line(const Event& event) const {
  const OverallProgress overall = board_.overall(clock_.now());
  const std::string count = fmt::format("[{}/{}]", overall.done + overall.failed, overall.total);
  const std::string clip = one_line(board_.clip(event.job));
  if (const auto* notice = std::get_if<Notice>(&event.what))
    return fmt::format("{} {}: {}\n", to_string(notice->stage), clip, all_lines(notice->text));
  if (const auto* change = std::get_if<PlanChanged>(&event.what))
    return fmt::format("{} {}: did not fit, goes on {} ({})\n", to_string(change->stage), clip,
                       to_string(change->to), all_lines(change->why));
  if (const auto* leak = std::get_if<LeakFound>(&event.what))
    return fmt::format("leak of {} in {}: {}\n", format_bytes(leak->bytes), clip, all_lines(leak->text));
  if (const auto* finished = std::get_if<JobFinished>(&event.what)) {
    return fmt::format("{} done {} in {}\n", count, clip, format_seconds(finished->seconds));
  }
  if (const auto* retried = std::get_if<JobRetried>(&event.what))
    return fmt::format("again {}: {}\n", clip, all_lines(retried->why.message));
  const auto* failed = std::get_if<JobFailed>(&event.what);
  if (!failed) return "";
  if (failed->kind == ErrorKind::kCancelled) return fmt::format("{} stopped {}\n", count, clip);
  const std::string hint =
      failed->hint.empty() ? "" : fmt::format("        hint: {}\n", one_line(failed->hint));
  return fmt::format("{} failed {}: {}\n{}", count, clip, all_lines(failed->message), hint);
}

void Progress::draw(const std::string& lines_above) {
  const std::size_t width = terminal_width(out_);
  std::string text;
  for (; lines_drawn_ > 0; --lines_drawn_) text += kEraseLineAbove;
  text += lines_above;
  for (const DeviceProgress& device : board_.devices(clock_.now())) {
    text += device_line(device, width) + "\n";
    ++lines_drawn_;
  }
  text += overall_line(board_.overall(clock_.now()), width) + "\n";
  ++lines_drawn_;
  fmt::print(out_, "{}", text);
  std::fflush(out_);
  next_draw_ = clock_.now() + kSecondsBetweenDraws;
}

}  // namespace clipmill
