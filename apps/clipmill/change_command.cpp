// clipmill cancel, retry, pause, resume: what one can do to jobs of the daemon.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "base/error.h"
#include "clipmill/command.h"
#include "clipmill/daemon_client.h"

namespace clipmill {
namespace {

struct ChangeCommandOptions {
  std::string state;
  std::vector<std::int64_t> jobs;
  bool all_failed = false;
};

int change(const ChangeCommandOptions& options, const std::string& action) {
  const DaemonClient daemon(daemon_place(options.state));
  const auto answer = daemon.post("/v1/queue/jobs/" + action, {{"ids", options.jobs}});
  const auto changed = answer.at("ids").get<std::vector<std::int64_t>>();
  if (!changed.empty()) fmt::print("{}: {}\n", action, fmt::join(changed, ", "));
  for (const auto& error : answer.at("errors"))
    fmt::print(stderr, "clipmill: {}\n", error.at("message").get<std::string>());
  return answer.at("errors").empty() ? kAllDone : kSomeFailed;
}

/// The numbers of all jobs that failed of themselves: those that need them come back with them.
std::vector<std::int64_t> failed_jobs(const DaemonClient& daemon) {
  std::vector<std::int64_t> jobs;
  const auto queue = daemon.get("/v1/queue");
  for (const auto& job : queue.at("jobs")) {
    if (job.at("state") == "failed" && job.at("failure").at("kind") != "dependency")
      jobs.push_back(job.at("id").get<std::int64_t>());
  }
  return jobs;
}

int retry_failed(ChangeCommandOptions options) {
  options.jobs = failed_jobs(DaemonClient(daemon_place(options.state)));
  if (!options.jobs.empty()) return change(options, "retry");
  fmt::print("no job has failed\n");
  return kAllDone;
}

int change_all(const ChangeCommandOptions& options, const std::string& action) {
  DaemonClient(daemon_place(options.state)).post("/v1/queue/" + action, nlohmann::json::object());
  fmt::print("{}: the whole queue\n", action);
  return kAllDone;
}

void add(CLI::App& app, int& exit_code, const std::string& action, const std::string& about,
         bool whole_queue) {
  CLI::App* command = app.add_subcommand(action, about);
  auto options = std::make_shared<ChangeCommandOptions>();
  CLI::Option* jobs =
      command->add_option("job", options->jobs, "its number; several are allowed")->type_name("N");
  if (!whole_queue) jobs->required();
  add_state_flag(*command, options->state);
  command->callback([options, action, &exit_code] {
    exit_code = options->jobs.empty() ? change_all(*options, action) : change(*options, action);
  });
}

}  // namespace

void add_cancel_command(CLI::App& app, int& exit_code) {
  add(app, exit_code, "cancel", "Ends jobs: those that run between two steps. What is done stays.", false);
}

void add_retry_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("retry", "Lets jobs that failed, were cancelled or are in quarantine wait again.");
  auto options = std::make_shared<ChangeCommandOptions>();
  CLI::Option* jobs =
      command->add_option("job", options->jobs, "its number; several are allowed")->type_name("N");
  command->add_flag("--all", options->all_failed, "every job that failed")->excludes(jobs);
  add_state_flag(*command, options->state);
  command->callback([options, &exit_code] {
    if (!options->all_failed && options->jobs.empty())
      throw Error(ErrorKind::kInput, "which job? give its number, or --all for every one that failed");
    exit_code = options->all_failed ? retry_failed(*options) : change(*options, "retry");
  });
}

void add_pause_command(CLI::App& app, int& exit_code) {
  add(app, exit_code, "pause",
      "Frees the devices: jobs that run end between two steps and wait. Without numbers the whole queue, "
      "also "
      "over a restart.",
      true);
}

void add_resume_command(CLI::App& app, int& exit_code) {
  add(app, exit_code, "resume", "Lets paused jobs, or the whole queue, go on.", true);
}

}  // namespace clipmill
