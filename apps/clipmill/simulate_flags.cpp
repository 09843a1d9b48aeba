#include "clipmill/simulate_flags.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iomanip>
#include <sstream>

#include "base/error.h"
#include "base/units.h"
#include "clipmill/byte_check.h"
#include "simulate/duration.h"
#include "simulate/fleet_spec.h"
#include "simulate/manifest_workload.h"
#include "simulate/trace_csv.h"
#include "store/sqlite_store.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

void add_workload_flags(CLI::App& command, SimulateFlags& flags) {
  command.add_option("manifest", flags.manifest, "list of clips, all there at once: .toml, .jsonl or .csv")
      ->type_name("MANIFEST");
  command
      .add_option("--seconds-per-clip", flags.seconds_per_clip,
                  "of the manifest's first clip on a device of speed 1; others by pixels, frames and steps")
      ->type_name("S")
      ->check(CLI::Range(0.001, 1e9));
  add_estimate_flags(command, flags.estimates);
  command.add_option("--vram-per-clip", flags.vram_per_clip, "default: a whole device")
      ->type_name("BYTES")
      ->check(byte_check());
  command.add_option("--trace", flags.trace, "recorded jobs: submit_s,run_s,vram_gb,priority,model")
      ->type_name("FILE");
  command.add_option("--poisson", flags.arrivals.jobs, "so many made-up jobs, arriving at random")
      ->type_name("JOBS")
      ->check(CLI::Range(1, 10'000'000));
  command
      .add_option("--load", flags.arrivals.load, "of made-up jobs: memory-time asked for, of what there is")
      ->type_name("SHARE")
      ->check(CLI::Range(0.01, 10.0))
      ->capture_default_str();
  command
      .add_option("--estimate-error", flags.estimate_error,
                  "the scheduler is told wrong times: σ of the logarithm of true by expected")
      ->type_name("SIGMA")
      ->check(CLI::Range(0.0, 3.0));
  command.add_option("--seed", flags.seed, "of made-up jobs, errors and losses")
      ->type_name("N")
      ->capture_default_str();
}

void add_fleet_flags(CLI::App& command, SimulateFlags& flags) {
  command
      .add_option("--devices", flags.devices,
                  "how many, or as 4x48GB, or with a speed as 4x48GB@2; repeat it for several kinds")
      ->type_name("N")
      ->allow_extra_args(false)
      ->capture_default_str();
  command.add_option("--vram", flags.vram, "memory of each device that names none")
      ->type_name("BYTES")
      ->check(byte_check())
      ->capture_default_str();
  command.add_option("--lanes", flags.lanes, "jobs that share a device at most")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--load-seconds", flags.load_seconds, "to change a device's model")
      ->type_name("S")
      ->check(CLI::Range(0.0, 1e6));
}

void add_failure_flags(CLI::App& command, SimulateFlags& flags) {
  command
      .add_option("--lose", flags.outages,
                  "device 3 after 2 h for 30 min: 3@2h+30m; for good: 3@2h; repeat it")
      ->type_name("OUTAGE")
      ->allow_extra_args(false);
  command.add_option("--mtbf", flags.mean_between, "mean time between losses of a device, as 200h")
      ->type_name("TIME");
  command.add_option("--repair", flags.repair, "until it is back")->type_name("TIME")->capture_default_str();
  command
      .add_option("--checkpoint", flags.checkpoint_share,
                  "share of its work after which a job is saved; default: a lost job starts over")
      ->type_name("SHARE")
      ->check(CLI::Range(0.0, 1.0));
}

void add_decision_flags(CLI::App& command, SimulateFlags& flags) {
  command
      .add_option("--policy", flags.policies,
                  "fair, aging, fifo, weighted, makespan, completion or deadline; repeat it for several; "
                  "default: all")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("--balance", flags.balance, "finish-time or least-loaded")
      ->type_name("RULE")
      ->capture_default_str();
  command.add_option("--aging", flags.aging_seconds, "a wait of so many seconds doubles a job's weight")
      ->type_name("S")
      ->check(CLI::Range(0.001, 1e9))
      ->capture_default_str();
  command.add_option("--within", flags.within, "how many devices are needed to be ready so soon, as 8h")
      ->type_name("TIME");
  command.add_option("--by", flags.by, "the same for a local date: \"2026-12-04 18:00\"")
      ->type_name("DATE")
      ->excludes("--within");
}

ArrivalOptions arrival_options(const SimulateFlags& flags, const std::vector<DeviceSpec>& devices) {
  ArrivalOptions arrivals = flags.arrivals;
  arrivals.seed = flags.seed;
  arrivals.estimate_error = flags.estimate_error;
  arrivals.largest = devices.front().bytes;
  for (const DeviceSpec& device : devices) {
    arrivals.bytes += device.bytes;
    arrivals.largest = std::min(arrivals.largest, device.bytes);
  }
  return arrivals;
}

/// By what a store's jobs took.
ClipEstimate measured_cost(const SimulateFlags& flags, const std::vector<DeviceSpec>& devices) {
  if (flags.estimates.store.empty()) {
    throw Error(ErrorKind::kInput, "how long a clip takes is not known",
                "say it with --seconds-per-clip: of the first clip on a device of speed 1; or name a --store "
                "with measurements");
  }
  return known_costs(flags.estimates, "", devices);
}

Workload clips_of_manifest(const SimulateFlags& flags, const std::vector<DeviceSpec>& devices) {
  if (!fs::exists(flags.manifest)) throw input_error("no such manifest: {}", flags.manifest);
  Manifest manifest = read_manifest(flags.manifest, JobSpec());
  resolve_paths(manifest, fs::absolute("clips"), fs::absolute(flags.manifest).parent_path());
  if (manifest.jobs.empty()) throw input_error("{}: there is no clip in it", flags.manifest);
  const std::int64_t bytes = flags.vram_per_clip.empty()
                                 ? std::ranges::min(devices, {}, &DeviceSpec::bytes).bytes
                                 : parse_bytes(flags.vram_per_clip);
  if (flags.seconds_per_clip > 0) {
    return manifest_workload(manifest,
                             estimate_by_size(manifest.jobs.front().clip, {flags.seconds_per_clip, bytes}),
                             system_wall_time());
  }
  return manifest_workload(manifest, measured_cost(flags, devices), system_wall_time());
}

}  // namespace

void add_simulate_flags(CLI::App& command, SimulateFlags& flags) {
  add_workload_flags(command, flags);
  add_fleet_flags(command, flags);
  add_failure_flags(command, flags);
  add_decision_flags(command, flags);
  command.add_option("--html", flags.html, "also write a page with charts")->type_name("FILE");
  command.add_flag("--json", flags.json, "figures as JSON");
}

SimulationOptions simulation_options(const SimulateFlags& flags) {
  SimulationOptions options;
  options.devices = parse_fleet(flags.devices, parse_bytes(flags.vram), flags.lanes);
  options.scheduler = {.aging_seconds = flags.aging_seconds, .balance = balance_from(flags.balance)};
  options.fleet.load_seconds = flags.load_seconds;
  options.fleet.checkpoint_share = flags.checkpoint_share;
  OutageOptions& outages = options.fleet.outages;
  outages.seed = flags.seed;
  outages.repair = parse_duration(flags.repair);
  if (!flags.mean_between.empty()) outages.mean_between = parse_duration(flags.mean_between);
  if (outages.mean_between <= 0) throw input_error("--mtbf must be more than nothing");
  for (const std::string& text : flags.outages)
    outages.planned.push_back(parse_outage(text, static_cast<int>(options.devices.size())));
  return options;
}

Workload simulated_workload(const SimulateFlags& flags, const std::vector<DeviceSpec>& devices) {
  const int given = !flags.manifest.empty() + !flags.trace.empty() + (flags.arrivals.jobs > 0);
  if (given != 1) {
    throw Error(ErrorKind::kInput,
                given == 0 ? "nothing to simulate: give a manifest, --trace FILE or --poisson JOBS"
                           : "a manifest, --trace and --poisson exclude each other",
                "clipmill simulate --help shows each");
  }
  if (flags.arrivals.jobs > 0) return poisson_arrivals(arrival_options(flags, devices));
  Workload workload = flags.trace.empty() ? clips_of_manifest(flags, devices) : read_trace(flags.trace);
  if (workload.jobs.empty()) throw input_error("{}: there is no job in it", flags.trace);
  return flags.estimate_error > 0
             ? with_estimate_errors(std::move(workload), flags.estimate_error, flags.seed)
             : workload;
}

std::optional<double> seconds_allowed(const SimulateFlags& flags, std::time_t now) {
  if (!flags.within.empty()) return parse_duration(flags.within);
  if (flags.by.empty()) return std::nullopt;
  std::tm date{};
  std::istringstream text(flags.by);
  text >> std::get_time(&date, "%Y-%m-%d %H:%M");
  date.tm_isdst = -1;
  if (text.fail() || text.peek() != EOF)
    throw input_error("--by is a date and a time as \"2026-12-04 18:00\", not \"{}\"", flags.by);
  const double seconds = std::difftime(std::mktime(&date), now);
  if (seconds <= 0) throw input_error("--by {} has passed", flags.by);
  return seconds;
}

}  // namespace clipmill
