#include "clipmill/memory_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/fnv1a.h"
#include "core/memory_ladder.h"
#include "cost/job_estimates.h"
#include "observe/job_name.h"
#include "observe/memory_report.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// Beside what a stage took, what was expected of it before it ran: by the model's configuration alone.
void add_expected(nlohmann::json& report, const JobSpec& job, Part part, JobEstimates& estimates) {
  const std::string device = report.at("device");
  for (nlohmann::json& stage : report.at("stages")) {
    const MemoryPlan plan = memory_plan_from(stage.at("plan").get<std::string>());
    const auto expected = estimates.stages(job, {device, plan, part});
    const auto found = std::ranges::find_if(expected, [&](const ExpectedStage& of_job) {
      return to_string(of_job.stage) == stage.at("stage").get<std::string>();
    });
    if (found != expected.end()) stage["expected"] = static_cast<std::int64_t>(found->work.bytes);
  }
}

/// What one attempt measured, if it did.
void add_report(const JobSpec& job, Part part, JobEstimates& estimates,
                std::vector<NamedMemoryReport>& reports) {
  const fs::path file = memory_usage_file(job, part);
  std::error_code unknown;
  if (!fs::exists(file, unknown)) return;
  nlohmann::json report = nlohmann::json::parse(read_file(file));
  add_expected(report, job, part, estimates);
  const std::string name = job_name(job);
  reports.push_back({part == Part::kWhole ? name : fmt::format("{}, {}", name, to_string(part)), report});
}

}  // namespace

void ask_for_memory_usage(Manifest& manifest, const fs::path& folder) {
  for (JobSpec& job : manifest.jobs) {
    if (job.kind != JobKind::kClip || !job.memory_usage.empty()) continue;
    Fnv1a name;  // the same in every run, whatever the order of the clips
    name.add(job.output);
    job.memory_usage = folder / fmt::format("{:016x}.json", name.value());
  }
}

void write_memory_report(const Account& account, const fs::path& target, std::FILE* people) {
  std::vector<NamedMemoryReport> reports;
  JobEstimates estimates;
  for (const JobAccount& each : account.jobs()) {
    const JobSpec& job = each.job.spec;
    if (each.job.state != JobState::kDone || job.memory_usage.empty()) continue;
    for (const auto& [part, name] : kParts) add_report(job, part, estimates, reports);
  }
  for (const auto& [name, report] : reports) fmt::print(people, "{}\n", memory_table(name, report));
  write_file(target, memory_page("Device memory", reports));
  fmt::print(people, "memory report: {}\n", target.string());
}

}  // namespace clipmill
