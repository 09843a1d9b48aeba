#include "clipmill/plan_manifest.h"
#include "clipmill/byte_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/units.h"
#include "clipmill/command.h"
#include "clipmill/json_output.h"
#include "observe/job_name.h"
#include "simulate/fleet_spec.h"
#include "simulate/load_bound.h"
#include "simulate/wait_statistics.h"
#include "store/sqlite_store.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// A batch under one policy.
struct PolicyPlan {
  const Policy* policy;
  Simulation simulation;
  double makespan = 0;
  double mean_end = 0;  ///< of a clip, weighted by its priority
};

PolicyPlan plan_under(const Policy& policy, const Workload& workload, const SimulationOptions& options) {
  PolicyPlan plan{&policy, simulate(workload, policy, options)};
  double weights = 0;
  for (std::size_t i = 0; i < workload.jobs.size(); ++i) {
    const SimulatedRun& run = plan.simulation.runs[i];
    if (run.device < 0) continue;
    const double weight = priority_factor(workload.jobs[i].priority);
    plan.makespan = std::max(plan.makespan, run.ended);
    plan.mean_end += weight * run.ended;
    weights += weight;
  }
  if (weights > 0) plan.mean_end /= weights;
  return plan;
}

std::vector<const Policy*> chosen(const std::vector<std::string>& names) {
  std::vector<const Policy*> all(policies().begin(), policies().end());
  if (names.empty()) return all;
  all.clear();
  for (const std::string& name : names) all.push_back(&find_policy(name));
  return all;
}

GanttChart chart_of(const PolicyPlan& plan, const Manifest& manifest,
                    const std::vector<DeviceSpec>& devices) {
  GanttChart chart{.title =
                       fmt::format("{}, {}", fs::path(manifest.file).filename().string(), plan.policy->name)};
  for (const DeviceSpec& device : devices) chart.rows.push_back("device " + device.name);
  for (std::size_t i = 0; i < manifest.jobs.size(); ++i) {
    const SimulatedRun& run = plan.simulation.runs[i];
    if (run.device < 0) continue;
    const JobSpec& job = manifest.jobs[i];
    chart.bars.push_back({run.device, run.started, run.ended, fs::path(job.output).stem(),
                          fmt::format("{}x{}x{}", job.clip.width, job.clip.height, job.clip.frames)});
  }
  return chart;
}

nlohmann::ordered_json to_json(const PolicyPlan& plan, const Manifest& manifest,
                               const std::vector<DeviceSpec>& devices) {
  nlohmann::ordered_json jobs = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < manifest.jobs.size(); ++i) {
    const SimulatedRun& run = plan.simulation.runs[i];
    if (run.device < 0) {
      jobs.push_back({{"output", manifest.jobs[i].output}, {"device", nullptr}});
      continue;
    }
    jobs.push_back({{"output", manifest.jobs[i].output},
                    {"device", devices[static_cast<std::size_t>(run.device)].name},
                    {"start", run.started},
                    {"end", run.ended}});
  }
  return {{"policy", plan.policy->name},
          {"makespan", plan.makespan},
          {"priority_weighted_mean_end", plan.mean_end},
          {"jobs", std::move(jobs)}};
}

void print(const std::vector<PolicyPlan>& plans, double bound, int left_over) {
  fmt::print("{:<12}{:>12}{:>16}{:>16}\n", "policy", "all done", "over the bound", "mean, weighted");
  for (const PolicyPlan& plan : plans) {
    const double over = bound > 0 ? 100 * (plan.makespan / bound - 1) : 0;
    fmt::print("{:<12}{:>12}{:>15.1f}%{:>16}\n", plan.policy->name, format_seconds(plan.makespan), over,
               format_seconds(plan.mean_end));
  }
  fmt::print("lower bound {:>12}: no order ends earlier\n", format_seconds(bound));
  if (left_over > 0) fmt::print("{} clips fit on none of these devices\n", left_over);
}

/// Without the clips that fit on no device.
Workload fitting(Workload workload, const std::vector<DeviceSpec>& devices) {
  std::int64_t largest = 0;
  for (const DeviceSpec& device : devices) largest = std::max(largest, device.bytes);
  std::erase_if(workload.jobs, [largest](const SimulatedJob& job) { return job.bytes > largest; });
  return workload;
}

/// As if clips that share a device took no time from each other; but the longest takes its own.
double lower_bound(const Workload& workload, const SimulationOptions& options, int lanes) {
  std::vector<DeviceSpec> devices = options.devices;
  double fastest = 0, longest = 0;
  for (const DeviceSpec& device : devices) fastest = std::max(fastest, device.speed);
  for (const SimulatedJob& job : workload.jobs) longest = std::max(longest, job.seconds);
  for (DeviceSpec& device : devices) device.speed *= lanes;
  return std::max(ready_at_best(workload, devices, {}), fastest > 0 ? longest / fastest : 0);
}

}  // namespace

void add_plan_flags(CLI::App& command, PlanOptions& options) {
  add_clip_list_flags(command, options.clips);
  add_estimate_flags(command, options.source);
  command
      .add_option(
          "--devices", options.devices,
          "a number of devices, with memory and speed where they differ: 2, 2x24GB, 1x80GB@2; repeat it")
      ->type_name("FLEET")
      ->allow_extra_args(false)
      ->capture_default_str();
  command.add_option("--vram", options.vram, "memory of each device that names none")
      ->check(byte_check())
      ->type_name("BYTES")
      ->capture_default_str();
  command.add_option("--lanes", options.lanes, "clips that share a device at most")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--policy", options.policies, "one or several; default: all")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("--balance", options.balance, "finish-time, or least-loaded: the greedy rule")
      ->type_name("RULE")
      ->capture_default_str();
}

int plan_manifest(const PlanOptions& options, const JobFlags& flags) {
  const auto [manifest, folder] = clip_list(options.clips, flags);
  SimulationOptions simulation{.devices =
                                   parse_fleet(options.devices, parse_bytes(options.vram), options.lanes)};
  simulation.scheduler.balance = balance_from(options.balance);
  const Workload workload = manifest_workload(
      manifest, known_costs(options.source, folder, simulation.devices), system_wall_time());

  std::vector<PolicyPlan> plans;
  for (const Policy* policy : chosen(options.policies))
    plans.push_back(plan_under(*policy, workload, simulation));
  const PolicyPlan& best = *std::ranges::min_element(plans, {}, &PolicyPlan::makespan);
  const double bound = lower_bound(fitting(workload, simulation.devices), simulation, options.lanes);
  const auto left_over = std::ranges::count(best.simulation.runs, -1, &SimulatedRun::device);
  const GanttChart chart = chart_of(best, manifest, simulation.devices);
  write_gantt(chart, options.gantt);
  if (options.json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const PolicyPlan& plan : plans) all.push_back(to_json(plan, manifest, simulation.devices));
    const nlohmann::ordered_json object = {{"lower_bound", bound}, {"policies", std::move(all)}};
    print_indented(object);
    return left_over > 0 ? kSomeFailed : kAllDone;
  }
  print(plans, bound, static_cast<int>(left_over));
  if (const auto tied =
          std::ranges::count_if(manifest.jobs, [](const JobSpec& job) { return !job.after.empty(); }))
    fmt::print("{} clips have `after`, which no plan regards: they may start later than shown\n", tied);
  fmt::print("\n{}\n{}", best.policy->name, gantt_text(chart));
  return left_over > 0 ? kSomeFailed : kAllDone;
}

void write_gantt(const GanttChart& chart, const std::string& file) {
  if (file.empty()) return;
  write_file(file, fs::path(file).extension() == ".svg" ? gantt_svg(chart) : gantt_html(chart));
}

}  // namespace clipmill
