// clipmill daemon: the durable queue, and whoever works on it.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <memory>

#include "clipmill/command.h"
#include "clipmill/daemon_log.h"
#include "clipmill/daemon_place.h"
#include "clipmill/interrupt.h"
#include "clipmill/job_run.h"
#include "clipmill/orphan_sweeper.h"
#include "clipmill/run_flags.h"
#include "fleet/local_runner.h"
#include "observe/fan_out.h"
#include "serve/http_server.h"
#include "serve/queue_api.h"
#include "store/sqlite_store.h"

namespace clipmill {
namespace {

constexpr const char* kAbout =
    "Keeps a queue of jobs on the disk and works on it until it is told to end (Ctrl-C, SIGTERM).\n"
    "\n"
    "  clipmill daemon --device cuda:0 --device cuda:1 &\n"
    "  clipmill submit shots.toml\n"
    "  clipmill queue --watch\n"
    "\n"
    "What is submitted survives everything: after a crash the next daemon on the same folder goes on. A job "
    "whose "
    "worker\n"
    "dies runs again; one that kills two workers is put aside (quarantined), and the rest go on.";

struct Options {
  RunOptions run;
  std::string state, policy = "fair";
};

void wake(int event_fd) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_fd, &one, sizeof one);
}

int serve(Options options) {
  options.run.devices = device_names(options.run.devices);
  const Policy& policy = find_policy(options.policy);
  const DaemonPlace place = daemon_place(options.state);
  const SystemClock clock;
  SqliteStore store(place.store());
  const Interrupt interrupt;
  LocalRunner runner(options.run.devices, worker_command(options.run), clock,
                     {interrupt.fd(), options.run.verbose});
  Scheduler scheduler(policy, {}, device_specs(options.run.devices));
  NoEstimates estimates;
  OrphanSweeper sweeper(store);
  DaemonLog log(store, system_wall_time, stderr);
  FanOut observers({&sweeper, &log});
  Service service(
      {store, runner, scheduler, estimates, observers, clock, system_wall_time, [&] { wake(interrupt.fd()); },
       [&](bool paused) { store.set_setting("paused", paused ? "yes" : ""); }},
      !store.setting("paused").empty());
  const HttpServer server(place.socket(), queue_api(service));
  fmt::print("clipmill daemon: {} on {}; policy {}; queue in {}\n", fmt::join(options.run.devices, ", "),
             place.socket().string(), policy.name, place.folder.string());
  std::fflush(stdout);
  service.run([&] { return interrupt.requested(); });
  return kAllDone;
}

}  // namespace

void add_daemon_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("daemon", kAbout);
  auto options = std::make_shared<Options>();
  add_run_flags(*command, options->run, true);
  add_state_flag(*command, options->state);
  command->add_option("--policy", options->policy, "in which order jobs start; see clipmill simulate --help")
      ->type_name("NAME");
  command->callback([options, &exit_code] { exit_code = serve(*options); });
}

}  // namespace clipmill
