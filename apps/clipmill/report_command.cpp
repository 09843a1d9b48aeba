// clipmill report: where the device time went, how much was gained, and traces of it.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "clipmill/command.h"
#include "clipmill/daemon_client.h"
#include "clipmill/json_output.h"
#include "clipmill/residence.h"
#include "clipmill/trace_flags.h"
#include "observe/history_json.h"
#include "observe/hour.h"
#include "observe/hour_html.h"
#include "simulate/duration.h"
#include "store/sqlite_store.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr const char* kReportAbout =
    "Accounts for the devices' time: what it went into, and how much sooner the clips were there than one\n"
    "after the other.\n"
    "\n"
    "  clipmill report                                    the daemon's last hour\n"
    "  clipmill report --since 8h --html night.html       a page with charts\n"
    "  clipmill report --state clips/.clipmill            a run's\n"
    "  clipmill report --trace night.json                 for ui.perfetto.dev\n"
    "\n"
    "A running daemon is asked; where none runs, its store is read and not changed. Exit code: 0 done, 2 "
    "wrong\n"
    "usage or no store.";

struct ReportCommandOptions {
  std::string state, since = "1h", html;
  TraceOptions traces;
  bool json = false;
};

History past(const DaemonPlace& place, double seconds) {
  const double now = system_wall_time();
  if (fs::exists(place.socket())) {
    try {
      const double asked = std::min(seconds, kMostHistorySeconds);
      return history_from_json(DaemonClient(place).get(fmt::format("/v1/spans?seconds={}", asked)));
    } catch (const Error&) {
      // It has just ended, or knows no such question: the store tells all but what runs now.
    }
  }
  return read_history(place.store(), now - seconds, now);
}

/// What reaches into the window.
History recent(History history, double since) {
  history.since = since;
  const auto over = [since](const auto& span) { return span.end > 0 && span.end <= since; };
  std::erase_if(history.stages, over);
  std::erase_if(history.attempts, over);
  std::erase_if(history.waits, over);
  return history;
}

int report(const ReportCommandOptions& options) {
  const double seconds = parse_duration(options.since);
  if (seconds <= 0) throw Error(ErrorKind::kInput, "--since 0: there is nothing to tell of no time");
  const DaemonPlace place = daemon_place(options.state);
  const History all = past(place, seconds + reference_seconds(seconds));
  const Window window{all.until - seconds, all.until};
  const Hour hour = hour_of(all, window, residence_of(all, place.store()));
  const History shown = recent(all, window.start);
  if (options.json) {
    print_indented(to_json(hour));
  } else {
    fmt::print("{}", hour_text(hour));
  }
  std::FILE* const out = options.json ? stderr : stdout;
  if (!options.html.empty()) {
    write_file(options.html, hour_html(hour, shown));
    fmt::print(out, "page: {}\n", options.html);
  }
  write_traces(shown, options.traces, out);
  return kAllDone;
}

}  // namespace

void add_report_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("report", kReportAbout);
  auto options = std::make_shared<ReportCommandOptions>();
  add_state_flag(*command, options->state);
  command->add_option("--since", options->since, "how far back, as 90s, 15m, 8h or 2d")
      ->type_name("TIME")
      ->capture_default_str();
  command->add_flag("--json", options->json, "as JSON");
  command->add_option("--html", options->html, "the same as one page with charts")->type_name("FILE");
  add_trace_flags(*command, options->traces);
  command->callback([options, &exit_code] { exit_code = report(*options); });
}

}  // namespace clipmill
