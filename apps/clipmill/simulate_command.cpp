// clipmill simulate: how long jobs would wait, on other devices, under another policy, and how many devices
// they need.
#include <fmt/format.h>

#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/units.h"
#include "clipmill/command.h"
#include "clipmill/simulate_flags.h"
#include "simulate/capacity.h"
#include "simulate/fleet_spec.h"
#include "simulate/simulation_page.h"
#include "simulate/wait_statistics.h"

namespace clipmill {
namespace {

using nlohmann::ordered_json;

constexpr const char* kSimulateAbout =
    "Runs jobs through the scheduler in virtual time, and tells how long they wait.\n"
    "\n"
    "A recorded stream on 8 devices under the daemon's policy, as JSON:\n"
    "  clipmill simulate --trace jobs.csv --devices 8 --vram 48GB --policy fair --json\n"
    "All policies beside each other on a made-up stream, two kinds of devices, with charts:\n"
    "  clipmill simulate --poisson 5000 --load 0.85 --devices 4x48GB --devices 2x80GB@2 --html waits.html\n"
    "How many devices for this shot list by Friday, if each is lost once in 200 hours:\n"
    "  clipmill simulate shots.toml --seconds-per-clip 240 --by \"2026-12-04 18:00\" --mtbf 200h\n"
    "What the loss of device 3 would cost, with jobs saved at every tenth:\n"
    "  clipmill simulate --trace jobs.csv --devices 8 --lose 3@2h+30m --checkpoint 0.1\n"
    "\n"
    "A trace is CSV with the header submit_s,run_s,vram_gb,priority,model (GB are 10⁹ bytes). Without "
    "--policy\n"
    "all policies are compared on the same stream. Jobs share a device while their memory fits (--lanes 1: "
    "one\n"
    "at a time). The same --seed gives the same run.\n"
    "Exit code: 0 done, 1 some jobs fit on no device, or no number of devices is enough, 2 wrong usage or "
    "input.";

std::vector<const Policy*> policies_of(const SimulateFlags& flags) {
  if (flags.policies.empty()) return {policies().begin(), policies().end()};
  std::vector<const Policy*> chosen;
  for (const std::string& name : flags.policies) chosen.push_back(&find_policy(name));
  return chosen;
}

std::string row(std::string_view name, const ordered_json& figures) {
  const auto time = [&](const char* key) { return format_seconds(figures.value(key, 0.0)); };
  return fmt::format("{:<14}{:>8}{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}{:>7.0f} %\n", name,
                     figures.value("jobs", 0), time("mean_wait"), time("p95_wait"), time("p99_wait"),
                     time("max_wait"), time("priority_weighted_mean_wait"), time("makespan"),
                     100 * figures.value("utilisation", 0.0));
}

void print_table(const std::vector<ordered_json>& results) {
  fmt::print("{:<14}{:>8}{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}{:>9}\n", "policy", "jobs", "mean wait", "p95",
             "p99", "longest", "by weight", "makespan", "in use");
  for (const ordered_json& result : results) {
    fmt::print("{}", row(result["policy"].get<std::string>(), result));
    for (const auto& [priority, figures] : result["by_priority"].items())
      fmt::print("{}", row(fmt::format("  priority {}", priority), figures));
  }
  fmt::print("\nwaits until a job starts; by weight: the mean, each job counted as often as its priority\n");
  if (const int unplaced = results.front()["unplaced"]; unplaced > 0)
    fmt::print("{} {} no device and {} left out\n", unplaced, unplaced == 1 ? "job fits on" : "jobs fit on",
               unplaced == 1 ? "is" : "are");
}

void print_json(const std::vector<ordered_json>& results) {
  fmt::print("{}\n", (results.size() == 1 ? results.front() : ordered_json(results)).dump(2));
}

void write_page(const SimulateFlags& flags, const Workload& workload,
                const std::vector<PolicySimulation>& simulations, const SimulationOptions& options,
                const std::string& answer) {
  const std::string source = flags.manifest.empty() ? flags.trace : flags.manifest;
  const std::string name = std::filesystem::path(source).filename().string();
  write_file(flags.html, simulation_page(workload, simulations, options,
                                         fmt::format("clipmill simulate {}", name), answer));
  if (!flags.json) fmt::print("charts: {}\n", flags.html);
}

int compare_policies(const SimulateFlags& flags, const Workload& workload, const SimulationOptions& options) {
  std::vector<ordered_json> results;
  std::vector<PolicySimulation> simulations;
  for (const Policy* policy : policies_of(flags)) {
    Simulation simulation = simulate(workload, *policy, options);
    results.push_back(simulation_json(workload, simulation, *policy, options));
    if (!flags.html.empty()) simulations.push_back({policy, std::move(simulation)});
  }
  flags.json ? print_json(results) : print_table(results);
  if (!flags.html.empty()) write_page(flags, workload, simulations, options, "");
  return results.front()["unplaced"] > 0 ? kSomeFailed : kAllDone;
}

const DeviceSpec& only_kind(const SimulationOptions& options) {
  const DeviceSpec& kind = options.devices.front();
  for (const DeviceSpec& device : options.devices) {
    if (device.bytes != kind.bytes || device.speed != kind.speed)
      throw input_error("how many devices are needed is asked for one kind: give --devices once");
  }
  if (!options.fleet.outages.planned.empty())
    throw input_error("--lose names a device, but their number is what is asked for: use --mtbf");
  return kind;
}

std::string sentence(const CapacityAnswer& answer, const DeviceSpec& kind, double within) {
  if (!answer.devices)
    return fmt::format("No number of devices is ready within {}: {}.", format_seconds(within), answer.reason);
  return fmt::format("{} {} of {} and speed {:g}: ready after {}, {} before the time.", *answer.devices,
                     *answer.devices == 1 ? "device" : "devices", format_bytes(kind.bytes), kind.speed,
                     format_seconds(answer.finish), format_seconds(within - answer.finish));
}

int tell_capacity(const SimulateFlags& flags, const Workload& workload, SimulationOptions options,
                  double within) {
  const DeviceSpec kind = only_kind(options);
  if (flags.policies.size() > 1) throw input_error("how many devices are needed is asked for one --policy");
  const Policy& policy = flags.policies.empty() ? kMakespan : find_policy(flags.policies.front());
  const CapacityAnswer answer = devices_needed(workload, policy, kind, options, within);
  const std::string text = sentence(answer, kind, within);
  if (flags.json) {
    ordered_json object = {
        {"policy", policy.name}, {"within", within}, {"devices", nullptr}, {"answer", text}};
    if (answer.devices) object["devices"] = *answer.devices, object["finish"] = answer.finish;
    if (!answer.devices) object["reason"] = answer.reason;
    print_json(std::vector{object});
  } else {
    fmt::print("{}\n", text);
  }
  if (!flags.html.empty() && answer.devices) {
    options.devices = copies_of(kind, *answer.devices);
    write_page(flags, workload, {{&policy, simulate(workload, policy, options)}}, options, text);
  }
  return answer.devices ? kAllDone : kSomeFailed;
}

int run(const SimulateFlags& flags) {
  const SimulationOptions options = simulation_options(flags);
  const auto within = seconds_allowed(flags, std::time(nullptr));
  const Workload workload = simulated_workload(flags, options.devices);
  return within ? tell_capacity(flags, workload, options, *within)
                : compare_policies(flags, workload, options);
}

}  // namespace

void add_simulate_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("simulate", kSimulateAbout);
  auto flags = std::make_shared<SimulateFlags>();
  add_simulate_flags(*command, *flags);
  command->callback([flags, &exit_code] { exit_code = run(*flags); });
}

}  // namespace clipmill
