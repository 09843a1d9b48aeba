#include "clipmill/batch.h"

#include <fmt/ranges.h>

#include <optional>

#include "base/atomic_file.h"
#include "base/version.h"
#include "clipmill/checks.h"
#include "clipmill/device_plan.h"
#include "clipmill/json_output.h"
#include "clipmill/memory_files.h"
#include "clipmill/scratch_folder.h"
#include "observe/report.h"
#include "observe/summary.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// As their clips lie in the output folder, so that two of one name do not meet; a clip elsewhere gets none.
void add_posters(Manifest& manifest, const fs::path& state_folder) {
  const fs::path output_folder = state_folder.lexically_normal().parent_path();
  for (JobSpec& job : manifest.jobs) {
    const fs::path name = fs::path(job.output).lexically_relative(output_folder);
    if (!job.poster.empty() || name.empty() || *name.begin() == "..") continue;
    job.poster = (state_folder / "posters" / name).replace_extension(".jpg");
  }
}

void write_report(const Account& account, const Manifest& manifest, const BatchOptions& options) {
  ReportOptions report;
  report.title = manifest.file.empty() ? "clipmill run" : fs::path(manifest.file).filename().string();
  report.folder = options.report.parent_path();
  report.environment = {{"clipmill", std::string(kVersion)},
                        {"devices", fmt::format("{}", fmt::join(options.run.devices, ", "))}};
  write_file(options.report, report_html(account, report));
  fmt::print(people(options.run), "report: {}\n", options.report.string());
}

void tell(const RunResult& result, const BatchOptions& options) {
  const Totals totals = result.account.totals();
  if (totals.jobs > 1 || totals.done + totals.kept < totals.jobs || !options.report.empty()) {
    fmt::print(people(options.run), "{}", summary_table(result.account));
  }
  if (result.interrupted && totals.unfinished > 0) {
    fmt::print(people(options.run), "interrupted: what is done stays done{}\n",
               options.run.state_folder.empty() ? "" : "; the same command goes on with the rest");
  }
  if (options.run.json) {
    print_indented(to_json(result.account));
  }
}

}  // namespace

int run_batch(Manifest manifest, BatchOptions options) {
  options.run.devices = checked_devices(options.run.devices);
  // One device takes as long in any order: then what counts is how soon single clips are there.
  if (options.run.policy.empty())
    options.run.policy = options.run.devices.size() > 1 ? "makespan" : "completion";
  if (!options.run.state_folder.empty()) add_posters(manifest, options.run.state_folder);
  std::optional<ScratchFolder> scratch;
  if (!options.memory_report.empty()) {
    if (options.run.state_folder.empty()) scratch.emplace();
    ask_for_memory_usage(manifest, scratch ? scratch->path() : options.run.state_folder / "memory");
  }
  check_batch(manifest, options.report);
  check_memory(manifest, device_specs(options.run));

  const SystemClock clock;
  const RunResult result = run_jobs(manifest.jobs, options.run, clock);
  tell(result, options);
  if (result.broken) std::rethrow_exception(result.broken);
  if (!options.report.empty()) write_report(result.account, manifest, options);
  if (!options.memory_report.empty())
    write_memory_report(result.account, options.memory_report, people(options.run));
  write_traces(result.history, options.traces, people(options.run));
  return exit_code(result.account);
}

}  // namespace clipmill
