// clipmill simulate: how long jobs would wait, on other devices, under another policy.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/units.h"
#include "clipmill/command.h"
#include "simulate/arrivals.h"
#include "simulate/fleet_spec.h"
#include "simulate/trace_csv.h"
#include "simulate/wait_statistics.h"

namespace clipmill {
namespace {

constexpr const char* kAbout =
    "Runs a stream of jobs through the scheduler in virtual time, and tells how long they wait.\n"
    "\n"
    "  clipmill simulate --trace jobs.csv --devices 8 --vram 48GB --policy fair --json\n"
    "  clipmill simulate --poisson 20000 --load 0.85 --devices 4x48GB --devices 2x80GB@2\n"
    "\n"
    "A trace is CSV: submit_s,run_s,vram_gb,priority,model. Without --policy all policies are compared on "
    "the "
    "same\n"
    "stream. Jobs share a device while their memory fits (--lanes 1: one at a time).\n"
    "Exit code: 0 done, 1 some jobs fit on no device, 2 wrong usage or input.";

struct Options {
  std::string trace, vram = "48GB";
  ArrivalOptions arrivals{.jobs = 0};
  std::vector<std::string> devices = {"4"}, policies;
  int lanes = 1'000;
  SimulationOptions simulation;
  bool json = false;
};

SimulationOptions simulation_of(const Options& options) {
  SimulationOptions simulation = options.simulation;
  simulation.devices = parse_fleet(options.devices, parse_bytes(options.vram), options.lanes);
  return simulation;
}

Workload workload_of(const Options& options, const std::vector<DeviceSpec>& devices) {
  if (options.trace.empty() == (options.arrivals.jobs == 0)) {
    throw Error(ErrorKind::kInput,
                options.trace.empty() ? "nothing to simulate: give --trace FILE or --poisson JOBS"
                                      : "--trace and --poisson exclude each other",
                "clipmill simulate --help shows both");
  }
  if (!options.trace.empty()) return read_trace(options.trace);
  ArrivalOptions arrivals = options.arrivals;
  arrivals.largest = devices.front().bytes;
  for (const DeviceSpec& device : devices) {
    arrivals.bytes += device.bytes;
    arrivals.largest = std::min(arrivals.largest, device.bytes);
  }
  return poisson_arrivals(arrivals);
}

std::vector<const Policy*> policies_of(const Options& options) {
  if (options.policies.empty()) return {policies().begin(), policies().end()};
  std::vector<const Policy*> chosen;
  for (const std::string& name : options.policies) chosen.push_back(&find_policy(name));
  return chosen;
}

std::string row(std::string_view name, const nlohmann::ordered_json& figures) {
  const auto time = [&](const char* key) { return format_seconds(figures.value(key, 0.0)); };
  return fmt::format("{:<14}{:>8}{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}\n", name, figures.value("jobs", 0),
                     time("mean_wait"), time("p95_wait"), time("p99_wait"), time("max_wait"),
                     time("priority_weighted_mean_wait"), time("makespan"));
}

void print_table(const std::vector<nlohmann::ordered_json>& results) {
  fmt::print("{:<14}{:>8}{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}\n", "policy", "jobs", "mean wait", "p95", "p99",
             "longest", "by weight", "makespan");
  for (const nlohmann::ordered_json& result : results) {
    fmt::print("{}", row(result["policy"].get<std::string>(), result));
    for (const auto& [priority, figures] : result["by_priority"].items())
      fmt::print("{}", row(fmt::format("  priority {}", priority), figures));
  }
  fmt::print("\nwaits until a job starts; by weight: the mean, each job counted as often as its priority\n");
  if (results.front().contains("unplaced"))
    fmt::print("{} jobs fit on no device and are left out\n", results.front()["unplaced"].get<int>());
}

int run(const Options& options) {
  const SimulationOptions simulation = simulation_of(options);
  const Workload workload = workload_of(options, simulation.devices);
  std::vector<nlohmann::ordered_json> results;
  for (const Policy* policy : policies_of(options)) {
    const auto runs = simulate(workload, *policy, simulation);
    results.push_back(simulation_json(workload, runs, *policy, simulation));
  }
  if (options.json) {
    fmt::print("{}\n", (results.size() == 1 ? results.front() : nlohmann::ordered_json(results)).dump(2));
  } else {
    print_table(results);
  }
  return results.front().contains("unplaced") ? kSomeFailed : kAllDone;
}

void add_stream_flags(CLI::App& command, Options& options) {
  command.add_option("--trace", options.trace, "recorded jobs")->type_name("FILE");
  command.add_option("--poisson", options.arrivals.jobs, "so many made-up jobs instead, arriving at random")
      ->type_name("JOBS")
      ->check(CLI::Range(1, 10'000'000));
  command
      .add_option("--load", options.arrivals.load, "of made-up jobs: memory-time asked for, of what there is")
      ->type_name("SHARE")
      ->check(CLI::Range(0.01, 10.0))
      ->capture_default_str();
  command
      .add_option("--estimate-error", options.arrivals.estimate_error,
                  "of made-up jobs: σ of the logarithm of true by expected time")
      ->type_name("SIGMA")
      ->check(CLI::Range(0.0, 3.0));
  command.add_option("--seed", options.arrivals.seed, "of made-up jobs")
      ->type_name("N")
      ->capture_default_str();
}

void add_fleet_flags(CLI::App& command, Options& options) {
  command
      .add_option("--devices", options.devices,
                  "how many, or as 4x48GB, or with a speed as 4x48GB@2; repeat it for several kinds")
      ->type_name("N")
      ->allow_extra_args(false)
      ->capture_default_str();
  command.add_option("--vram", options.vram, "memory of each device that names none")
      ->type_name("BYTES")
      ->capture_default_str();
  command.add_option("--lanes", options.lanes, "jobs that share a device at most")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--load-seconds", options.simulation.load_seconds, "to change a device's model")
      ->type_name("S")
      ->check(CLI::Range(0.0, 1e6));
}

}  // namespace

void add_simulate_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("simulate", kAbout);
  auto options = std::make_shared<Options>();
  add_stream_flags(*command, *options);
  add_fleet_flags(*command, *options);
  command
      ->add_option(
          "--policy", options->policies,
          "fair, fifo, weighted, makespan, completion or deadline; repeat it for several; default: all")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      ->add_option("--aging", options->simulation.scheduler.aging_seconds,
                   "a wait of so many seconds doubles a job's weight")
      ->type_name("S")
      ->check(CLI::Range(0.001, 1e9))
      ->capture_default_str();
  command->add_flag("--json", options->json, "figures as JSON");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace clipmill
