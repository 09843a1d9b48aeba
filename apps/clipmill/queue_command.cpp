// clipmill queue, show, wait: what the daemon has and how far it is.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <limits>
#include <memory>
#include <thread>

#include "base/atomic_file.h"
#include "clipmill/command.h"
#include "clipmill/daemon_client.h"
#include "clipmill/exported_jobs.h"
#include "clipmill/queue_text.h"
#include "clipmill/wait_for_jobs.h"

namespace clipmill {
namespace {

struct QueueCommandOptions {
  std::string state, export_file;
  std::vector<std::int64_t> jobs;
  bool watch = false, all = false, json = false;
};

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 160;
}

bool open(const nlohmann::json& queue) {
  for (const auto& job : queue.at("jobs")) {
    if (job.at("state") == "waiting" || job.at("state") == "running") return true;
  }
  return false;
}

/// What is not done, for `clipmill submit --import` on this machine or another.
int export_queue(const DaemonClient& daemon, const std::string& file) {
  const nlohmann::json jobs = exported_jobs(daemon.get("/v1/queue"));
  write_file(file, nlohmann::json{{"jobs", jobs}}.dump(1));
  fmt::print("{} jobs: {}\n", jobs.size(), file);
  return kAllDone;
}

int show_queue(const QueueCommandOptions& options) {
  const DaemonClient daemon(daemon_place(options.state));
  if (!options.export_file.empty()) return export_queue(daemon, options.export_file);
  const std::size_t rows = options.all ? std::numeric_limits<std::size_t>::max() : 40;
  const bool redraw = options.watch && ::isatty(STDOUT_FILENO);
  while (true) {
    const auto queue = daemon.get("/v1/queue");
    if (options.json) {
      fmt::print("{}\n", queue.dump());
    } else {
      fmt::print("{}{}", redraw ? "\033[H\033[2J" : "", queue_text(queue, rows, terminal_width()));
    }
    std::fflush(stdout);
    if (!options.watch || !open(queue)) return kAllDone;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

int show_jobs(const QueueCommandOptions& options) {
  const DaemonClient daemon(daemon_place(options.state));
  for (const std::int64_t id : options.jobs) {
    const auto job = daemon.get("/v1/queue/jobs/" + std::to_string(id));
    fmt::print("{}\n", options.json ? job.dump() : job_text(job));
  }
  return kAllDone;
}

}  // namespace

void add_queue_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("queue", "Shows the daemon's jobs, and what those that wait wait for.");
  auto options = std::make_shared<QueueCommandOptions>();
  add_state_flag(*command, options->state);
  command->add_flag("--watch", options->watch, "again each second, until nothing is left to do");
  command
      ->add_option("--export", options->export_file,
                   "writes the jobs that are not done; clipmill submit --import takes them in again")
      ->type_name("FILE");
  command->add_flag("--all", options->all, "every job, however many");
  command->add_flag("--json", options->json, "as JSON");
  command->callback([options, &exit_code] { exit_code = show_queue(*options); });
}

void add_show_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("show", "Shows everything that is known of a job.");
  auto options = std::make_shared<QueueCommandOptions>();
  command->add_option("job", options->jobs, "its number; several are allowed")->required()->type_name("N");
  add_state_flag(*command, options->state);
  command->add_flag("--json", options->json, "as JSON, a line each");
  command->callback([options, &exit_code] { exit_code = show_jobs(*options); });
}

void add_wait_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "wait",
      "Waits until jobs are over: all of them, or those named. Exit code: 0 all done, 1 some are not.");
  auto options = std::make_shared<QueueCommandOptions>();
  command->add_option("job", options->jobs, "its number; several are allowed")->type_name("N");
  add_state_flag(*command, options->state);
  command->callback([options, &exit_code] {
    exit_code = wait_for_jobs(DaemonClient(daemon_place(options->state)), options->jobs);
  });
}

}  // namespace clipmill
