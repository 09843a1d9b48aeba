// clipmill daemon: the durable queue, and whoever works on it.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <set>

#include "base/number.h"
#include "base/text.h"
#include "clipmill/command.h"
#include "clipmill/daemon_log.h"
#include "clipmill/daemon_place.h"
#include "clipmill/device_plan.h"
#include "clipmill/expiry.h"
#include "clipmill/interrupt.h"
#include "clipmill/job_files.h"
#include "clipmill/job_run.h"
#include "clipmill/learned_estimates.h"
#include "clipmill/orphan_sweeper.h"
#include "clipmill/residence.h"
#include "clipmill/run_flags.h"
#include "clipmill/saved_states.h"
#include "clipmill/video_server.h"
#include "clipmill/watch_flags.h"
#include "fleet/device_sensors.h"
#include "observe/fan_out.h"
#include "serve/event_stream.h"
#include "serve/http_server.h"
#include "serve/listener.h"
#include "serve/queue_api.h"
#include "serve/report_api.h"
#include "serve/routes.h"
#include "serve/ticker.h"
#include "serve/watch_api.h"
#include "simulate/duration.h"
#include "store/sqlite_lists.h"
#include "store/sqlite_store.h"

namespace clipmill {
namespace {

constexpr const char* kDaemonAbout =
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

/// So often those who look on are told what happened; and so many times later that nothing did.
constexpr std::chrono::milliseconds kFlush(100);
constexpr int kFlushesABeat = 150;

struct DaemonCommandOptions {
  RunOptions run;
  std::string state, expire;
  VideoServerOptions videos;
  WatchOptions watch;
};

void wake(int event_fd) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_fd, &one, sizeof one);
}

std::set<JobId> ids_in(const std::string& list) {
  std::set<JobId> ids;
  for (const std::string_view piece : pieces(list, ' ')) {
    if (const auto id = number_in<JobId>(piece)) ids.insert(*id);
  }
  return ids;
}

/// What the command line speaks to.
Routes local_api(const ServedParts& parts) {
  return queue_api(parts.service)
      .add(report_api(parts.report))
      .add(span_api(parts.report))
      .add(watch_api(parts.watch, [&service = parts.service] { return service.trouble(); }));
}

void say_where(const DaemonCommandOptions& options, const DaemonPlace& place, const Policy& policy) {
  fmt::print("clipmill daemon: {} on {}; policy {}; queue in {}\n", fmt::join(options.run.devices, ", "),
             place.socket().string(), policy.name, place.folder.string());
  const VideoServerOptions& videos = options.videos;
  if (!videos.listen.empty())
    fmt::print("videos: {0}://{1}/v1/videos; in a browser: {0}://{1}/\n",
               videos.tls_cert.empty() ? "http" : "https", videos.listen);
  std::fflush(stdout);
}

int serve(DaemonCommandOptions options) {
  options.run.devices = checked_devices(options.run.devices);
  const Policy& policy = find_policy(options.run.policy);
  const DaemonPlace place = daemon_place(options.state);
  const SystemClock clock;
  SqliteStore store(place.store());
  const Interrupt interrupt;
  const std::vector<DeviceSpec> devices = device_specs(options.run);
  for (const DeviceSpec& device : devices) store.remember_budget(device.name, device.bytes);
  LocalRunner runner(names_of(devices), worker_commands(options.run), clock,
                     {interrupt.fd(), options.run.verbose});
  Scheduler scheduler(policy, {.balance = balance_from(options.run.balance)}, devices);
  LearnedEstimates estimates(store.measurements());
  OrphanSweeper sweeper(store);
  SavedStates states(place.states(), store);
  const SqliteLists lists(place.store());
  DaemonLog log(store, system_wall_time, stderr);
  EventStream events(static_cast<std::uint64_t>(system_wall_time() * 1000), [&](JobId id) {
    const auto job = store.find(id);
    return job ? std::optional(job->state) : std::nullopt;
  });
  Expiry expiry(store, options.expire.empty() ? 0 : parse_duration(options.expire), system_wall_time,
                [&](JobId id) { events.on_change(id, "removed"); });
  AlarmOutlet alarms(options.watch.targets, system_wall_time, stderr);
  DeviceSensors sensors(runner, clock);
  Watch watch({store, scheduler, sensors, clock, system_wall_time,
               [&] { return !store.setting("paused").empty(); }, alarms},
              watch_settings(options.watch, options.run.policy));
  FanOut observers({&sweeper, &states, &log, &watch, &events});
  Service service(
      {store, runner, scheduler, estimates, observers, clock, system_wall_time, [&] { wake(interrupt.fd()); },
       [&](bool paused) { store.set_setting("paused", paused ? "yes" : ""); },
       [&] {
         expiry.look();
         watch.look();
       },
       states.folder().string(), ids_in(store.setting("doomed")),
       [&](const std::set<JobId>& ids) {
         store.set_setting("doomed", fmt::format("{}", fmt::join(ids, " ")));
       },
       [&](JobId id, std::string_view state) { events.on_change(id, state); }, remove_outputs, &lists},
      !store.setting("paused").empty());
  const ReportParts report{service, system_wall_time,
                           [&](const History& history) { return residence_of(history, place.store()); }};
  const ServedParts parts{service, watch, events, report};
  auto server = std::make_unique<HttpServer>(listen_on(place.socket()), local_api(parts));
  const SocketFile socket(place.socket());
  const Ticker ticker(kFlush, [&events, ticks = 0]() mutable { events.flush(++ticks % kFlushesABeat == 0); });
  auto videos = video_server(parts, options.videos, place.folder);
  say_where(options, place, policy);
  service.run([&] { return interrupt.requested(); });
  videos.reset();  // the store is for one thread, and they ask it
  server.reset();
  store.close_history();
  return kAllDone;
}

}  // namespace

void add_daemon_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("daemon", kDaemonAbout);
  auto options = std::make_shared<DaemonCommandOptions>();
  add_run_flags(*command, options->run, true);
  add_state_flag(*command, options->state);
  command
      ->add_option(
          "--expire", options->expire,
          "deletes clips, and forgets their jobs, so long after they were done, as 30d; default: never")
      ->type_name("TIME");
  add_video_server_flags(*command, options->videos);
  add_watch_flags(*command, options->watch);
  command->callback([options, &exit_code] { exit_code = serve(*options); });
}

}  // namespace clipmill
