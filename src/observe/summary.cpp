#include "observe/summary.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "core/job_fields.h"
#include "core/memory_ladder.h"
#include "observe/columns.h"
#include "observe/job_name.h"

namespace clipmill {
namespace {

constexpr int kJobLines = 20;
constexpr std::size_t kNameWidth = 40;

/// Of the names of stages that were finished.
std::size_t name_width(const StageAccounts& stages) {
  std::size_t width = 12;
  for (const auto& [stage, name] : kStages) {
    if (stages[static_cast<std::size_t>(stage)].count > 0) width = std::max(width, name.size());
  }
  return width + 2;
}

std::string stage_lines(const StageAccounts& stages) {
  std::string text;
  const std::size_t width = name_width(stages);
  for (const auto& [stage, name] : kStages) {
    const StageAccount& sum = stages[static_cast<std::size_t>(stage)];
    if (sum.count == 0) continue;
    text +=
        fmt::format("{:<{}}{:>6}{:>11}{:>11}{:>14}\n", name, width, sum.count, format_seconds(sum.seconds),
                    format_seconds(sum.seconds / sum.count), format_bytes(sum.peak_bytes));
  }
  if (text.empty()) return "";
  return fmt::format("{:<{}}{:>6}{:>11}{:>11}{:>14}\n", "stage", width, "times", "total", "mean",
                     "peak memory") +
         text + "\n";
}

/// Control characters could move the cursor, and the whole message is in the JSON and the report.
std::string first_line(const std::string& text) {
  return fit_columns(text.substr(0, text.find('\n')), std::string::npos);
}

std::string job_line(const JobAccount& account) {
  const std::string name =
      pad_columns(fit_columns_middle(job_name(account.job.spec), kNameWidth), kNameWidth);
  if (account.job.state == JobState::kFailed) {
    const JobFailed& failure = account.job.failure;
    const std::string hint = failure.hint.empty() ? "" : fmt::format("        hint: {}\n", failure.hint);
    return fmt::format("failed  {}  {}\n{}", name, first_line(failure.message), hint);
  }
  const bool clip = makes_clip(account.job.spec.kind);
  return fmt::format("done    {}  {:>9}  {:>10}\n", name, format_seconds(account.wall_seconds),
                     clip ? format_bytes(account.job.result.output_bytes) : "");
}

/// Of a single job everything was told when it ended.
std::string job_lines(const Account& account, bool all) {
  if (account.jobs().size() == 1) return "";
  std::string text;
  for (const JobAccount& each : account.jobs()) {
    const bool ended =
        !each.kept && each.job.state != JobState::kWaiting && each.job.state != JobState::kRunning;
    if (ended && (all || each.job.state == JobState::kFailed)) text += job_line(each);
  }
  return text.empty() ? "" : text + "\n";
}

bool only_clips(const Account& account) {
  return std::ranges::all_of(account.jobs(),
                             [](const JobAccount& each) { return makes_clip(each.job.spec.kind); });
}

std::string totals_line(const Totals& totals, bool clips) {
  std::string text =
      fmt::format("{} of {} {} done", totals.done + totals.kept, totals.jobs, clips ? "clips" : "jobs");
  if (totals.kept > 0) text += fmt::format(" ({} from before)", totals.kept);
  if (totals.failed > 0) text += fmt::format(", {} failed", totals.failed);
  if (totals.unfinished > 0) text += fmt::format(", {} not finished", totals.unfinished);
  text += fmt::format(", in {}", format_seconds(totals.wall_seconds));
  if (totals.done > 1)
    text +=
        fmt::format(" ({} a {})", format_seconds(totals.wall_seconds / totals.done), clips ? "clip" : "job");
  return text + "\n";
}

nlohmann::json stages_to_json(const StageAccounts& stages) {
  auto list = nlohmann::json::array();
  for (const auto& [stage, name] : kStages) {
    const StageAccount& sum = stages[static_cast<std::size_t>(stage)];
    if (sum.count == 0) continue;
    list.push_back(
        {{"stage", name}, {"count", sum.count}, {"seconds", sum.seconds}, {"peak_bytes", sum.peak_bytes}});
  }
  return list;
}

nlohmann::json changes_to_json(const std::vector<PlanChanged>& changes) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [stage, from, to, why] : changes) {
    list.push_back(
        {{"stage", to_string(stage)}, {"from", to_string(from)}, {"to", to_string(to)}, {"why", why}});
  }
  return list;
}

std::string_view state_name(const JobAccount& account) {
  if (account.kept) return "kept";
  switch (account.job.state) {
    case JobState::kDone:
      return "done";
    case JobState::kFailed:
      return "failed";
    default:
      return "unfinished";
  }
}

nlohmann::json job_to_json(const JobAccount& account) {
  const Job& job = account.job;
  nlohmann::json object = {{"id", job.id},
                           {"output", job.spec.output},
                           {"state", state_name(account)},
                           {"spec", to_json(job.spec)}};
  if (!account.device.empty() && job.state != JobState::kRunning) {
    object.update({{"device", account.device},
                   {"plan", to_string(account.plan)},
                   {"plan_why", account.why},
                   {"plan_changes", changes_to_json(account.changes)},
                   {"wall_seconds", account.wall_seconds},
                   {"stages", stages_to_json(account.stages)}});
  }
  if (job.state == JobState::kDone) object["output_bytes"] = job.result.output_bytes;
  if (job.state == JobState::kFailed) {
    object["failure"] = {
        {"kind", to_string(job.failure.kind)}, {"message", job.failure.message}, {"hint", job.failure.hint}};
  }
  return object;
}

}  // namespace

std::string summary_table(const Account& account) {
  const Totals totals = account.totals();
  const bool all = totals.jobs - totals.kept <= kJobLines;
  return stage_lines(totals.stages) + job_lines(account, all) + totals_line(totals, only_clips(account));
}

nlohmann::json to_json(const Account& account) {
  const Totals totals = account.totals();
  auto jobs = nlohmann::json::array();
  for (const JobAccount& each : account.jobs()) jobs.push_back(job_to_json(each));
  return {{"jobs", jobs},
          {"stages", stages_to_json(totals.stages)},
          {"totals",
           {{"jobs", totals.jobs},
            {"done", totals.done},
            {"kept", totals.kept},
            {"failed", totals.failed},
            {"unfinished", totals.unfinished},
            {"wall_seconds", totals.wall_seconds}}}};
}

}  // namespace clipmill
