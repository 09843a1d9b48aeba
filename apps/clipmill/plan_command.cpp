// clipmill plan: what would run where and when.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "clipmill/command.h"
#include "clipmill/job_flags.h"
#include "clipmill/plan_manifest.h"
#include "observe/gantt.h"
#include "schedule/read_instance.h"
#include "schedule/search_plan.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlanAbout =
    "Shows what would run where and when, without running it: the clips of a manifest by the estimates of "
    "the "
    "store, under each policy; or an abstract batch of jobs on identical machines that share one resource.\n"
    "\n"
    "  clipmill plan shots.toml --devices 2\n"
    "  clipmill plan shots.toml --devices 2x24GB --devices 1x80GB@2 --store clips/.clipmill --gantt "
    "plan.html\n"
    "  clipmill plan --instance shots.txt\n"
    "  clipmill plan --instance shots.txt --plan-seconds 0.05 --json\n"
    "\n"
    "An instance is text: first \"machines jobs resource_total\", then \"processing_time resource_demand\" "
    "for "
    "each job, in any units; jobs and machines are counted from 0. Its plan is searched for until the time "
    "is "
    "over or no other can end earlier.\n"
    "Exit code: 0 done, 2 wrong usage or input.";

struct PlanCommandOptions {
  std::string instance, gantt;
  PlanOptions clips;
  schedule::SearchBudget budget;
  bool json = false;
};

bool is_optimal(const schedule::Plan& plan) { return plan.makespan <= plan.lower_bound * (1 + 1e-12); }

nlohmann::ordered_json plan_json(const schedule::Instance& instance, const schedule::Plan& plan) {
  nlohmann::ordered_json jobs = nlohmann::ordered_json::array();
  for (std::size_t j = 0; j < instance.tasks.size(); ++j) {
    jobs.push_back({{"job", j},
                    {"start", plan.start[j]},
                    {"machine", plan.machine[j]},
                    {"processing_time", instance.tasks[j].time},
                    {"resource_demand", instance.tasks[j].demand}});
  }
  return {{"makespan", plan.makespan},     {"lower_bound", plan.lower_bound}, {"optimal", is_optimal(plan)},
          {"machines", instance.machines}, {"resource", instance.capacity},   {"start", plan.start},
          {"machine", plan.machine},       {"jobs", std::move(jobs)}};
}

std::string demand_group(double demand, double capacity) {
  const double share = capacity > 0 ? demand / capacity : 0;
  if (share > 0.5) return "over 1/2 of the resource";
  if (share > 0.25) return "over 1/4";
  return share > 0.125 ? "over 1/8" : "up to 1/8";
}

GanttChart chart_of(const std::string& title, const schedule::Instance& instance,
                    const schedule::Plan& plan) {
  GanttChart chart{.title = title, .unit = ""};
  const int used = plan.machine.empty() ? 0 : *std::ranges::max_element(plan.machine) + 1;
  for (int machine = 0; machine < used; ++machine) chart.rows.push_back(fmt::format("machine {}", machine));
  for (std::size_t j = 0; j < instance.tasks.size(); ++j) {
    const auto [time, demand] = instance.tasks[j];
    chart.bars.push_back({plan.machine[j], plan.start[j], plan.start[j] + time, std::to_string(j),
                          demand_group(demand, instance.capacity)});
  }
  return chart;
}

void print_text(const schedule::Instance& instance, const schedule::Plan& plan, const GanttChart& chart) {
  fmt::print("{} jobs on {} machines that share {:.10g}\n\n{}\n", instance.tasks.size(), instance.machines,
             instance.capacity, gantt_text(chart));
  fmt::print("makespan     {:.10g}\n", plan.makespan);
  if (is_optimal(plan)) {
    fmt::print("lower bound  {:.10g}: no plan ends earlier\n", plan.lower_bound);
  } else {
    fmt::print("lower bound  {:.10g}: at most {:.2f} % could be gained\n", plan.lower_bound,
               100 * (1 - plan.lower_bound / plan.makespan));
  }
}

int plan_instance(const PlanCommandOptions& options) {
  const schedule::Instance instance = schedule::read_instance(options.instance);
  const schedule::Plan plan = schedule::search_plan(instance, options.budget, SystemClock());
  const GanttChart chart = chart_of(fs::path(options.instance).filename().string(), instance, plan);
  write_gantt(chart, options.gantt);
  if (options.json) {
    fmt::print("{}\n", plan_json(instance, plan).dump());
  } else {
    print_text(instance, plan, chart);
  }
  return kAllDone;
}

int run(PlanCommandOptions options, const JobFlags& flags) {
  if (!options.instance.empty()) return plan_instance(options);
  options.clips.gantt = options.gantt;
  options.clips.json = options.json;
  return plan_manifest(options.clips, flags);
}

}  // namespace

void add_plan_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("plan", kPlanAbout);
  auto options = std::make_shared<PlanCommandOptions>();
  command->add_option("manifest", options->clips.clips.manifest, "list of clips: .toml, .jsonl or .csv")
      ->type_name("FILE");
  auto flags = std::make_shared<JobFlags>(*command);
  add_plan_flags(*command, options->clips);
  command->add_option("--instance", options->instance, "instead of clips: jobs, machines and resource")
      ->type_name("FILE")
      ->excludes("manifest");
  command->add_option("--plan-seconds", options->budget.seconds, "how long to look for a better plan")
      ->type_name("S")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
  command->add_option("--plan-seed", options->budget.seed, "of the search")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--gantt", options->gantt, "also draws the plan, as a page or (.svg) as an image")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "figures, and start and place of each job, as JSON");
  command->callback([options, flags, &exit_code] { exit_code = run(*options, *flags); });
}

}  // namespace clipmill
