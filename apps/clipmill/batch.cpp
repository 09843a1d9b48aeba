#include "clipmill/batch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <utility>

#include "base/atomic_file.h"
#include "base/version.h"
#include "clipmill/checks.h"
#include "clipmill/command.h"
#include "clipmill/interrupt.h"
#include "clipmill/leftovers.h"
#include "core/dispatcher.h"
#include "fleet/local_runner.h"
#include "observe/account.h"
#include "observe/fan_out.h"
#include "observe/progress.h"
#include "observe/report.h"
#include "observe/summary.h"
#include "store/sqlite_store.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kStopping =
    "stopping after the running step; Ctrl-C again quits at once; the same command goes on later";

/// "cpu" is "cpu:0"; each device once.
std::vector<std::string> full_names(const std::vector<std::string>& devices) {
  static const std::regex kName("(cpu|cuda)(:[0-9]{1,3})?");
  std::vector<std::string> names;
  for (const std::string& device : devices) {
    if (!std::regex_match(device, kName))
      throw input_error("no device \"{}\": a device is cpu, cpu:N or cuda:N", device);
    names.push_back(device.find(':') == std::string::npos ? device + ":0" : device);
    if (std::ranges::count(names, names.back()) > 1)
      throw input_error("device {} is named twice", names.back());
  }
  return names;
}

/// As their clips lie in the output folder, so that two of one name do not meet; a clip elsewhere gets none.
void add_posters(Manifest& manifest, const fs::path& state_folder) {
  const fs::path output_folder = state_folder.lexically_normal().parent_path();
  for (JobSpec& job : manifest.jobs) {
    const fs::path name = fs::path(job.output).lexically_relative(output_folder);
    if (!job.poster.empty() || name.empty() || *name.begin() == "..") continue;
    job.poster = (state_folder / "posters" / name).replace_extension(".jpg");
  }
}

std::vector<Job> jobs_of(const SqliteStore& store, const std::vector<JobId>& ids) {
  std::map<JobId, Job> known;
  for (Job& job : store.jobs()) known.emplace(job.id, std::move(job));
  std::vector<Job> jobs;
  for (const JobId id : ids) jobs.push_back(known.at(id));
  return jobs;
}

std::vector<Job> waiting_of(const std::vector<Job>& jobs) {
  std::vector<Job> waiting;
  std::ranges::copy_if(jobs, std::back_inserter(waiting),
                       [](const Job& job) { return job.state == JobState::kWaiting; });
  return waiting;
}

WorkerCommand worker_command(const BatchOptions& options) {
  const fs::path program = options.worker.empty()
                               ? fs::read_symlink("/proc/self/exe").parent_path() / "clipmill-worker"
                               : options.worker;
  return {program, {"--threads", std::to_string(options.threads)}};
}

/// What people read goes to stderr where a program reads stdout.
std::FILE* people(const BatchOptions& options) { return options.json ? stderr : stdout; }

void write_report(const Account& account, const Manifest& manifest, const BatchOptions& options) {
  ReportOptions report;
  report.title = manifest.file.empty() ? "clipmill run" : fs::path(manifest.file).filename().string();
  report.folder = options.report.parent_path();
  report.environment = {{"clipmill", std::string(kVersion)},
                        {"devices", fmt::format("{}", fmt::join(options.devices, ", "))}};
  write_file(options.report, report_html(account, report));
  fmt::print(people(options), "report: {}\n", options.report.string());
}

void tell(const Account& account, const BatchOptions& options, bool interrupted) {
  const Totals totals = account.totals();
  if (totals.jobs > 1 || totals.done + totals.kept < totals.jobs || !options.report.empty()) {
    fmt::print(people(options), "{}", summary_table(account));
  }
  if (interrupted && totals.unfinished > 0) {
    fmt::print(people(options), "interrupted: what is done stays done{}\n",
               options.state_folder.empty() ? "" : "; the same command goes on with the rest");
  }
  if (options.json) {
    fmt::print("{}\n", to_json(account).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }
}

/// What stopped the run before its end: the store cannot write any more, say.
std::exception_ptr dispatch(SqliteStore& store, const std::vector<Job>& jobs, Account& account,
                            const BatchOptions& options, const Interrupt& interrupt, const Clock& clock) try {
  Leftovers leftovers(jobs);
  Progress progress(jobs, clock, people(options));
  FanOut observers({&leftovers, &account, &progress});
  LocalRunner runner(options.devices, worker_command(options), {interrupt.fd(), options.verbose});
  bool told = false;
  const auto stopped = [&] {
    if (interrupt.requested() && !std::exchange(told, true)) progress.notice(kStopping);
    return interrupt.requested();
  };
  Dispatcher(store, runner, observers, stopped).run(waiting_of(jobs));
  return nullptr;
} catch (...) {
  return std::current_exception();
}

}  // namespace

int run_batch(Manifest manifest, BatchOptions options) {
  options.devices = full_names(options.devices);
  if (!options.state_folder.empty()) add_posters(manifest, options.state_folder);
  check_batch(manifest, options.report);

  SqliteStore store(options.state_folder.empty() ? fs::path() : options.state_folder / "jobs.db");
  const std::vector<Job> jobs = jobs_of(store, store.submit(manifest.jobs));
  const SystemClock clock;
  const Interrupt interrupt;
  Account account(jobs, clock);
  const std::exception_ptr broken = dispatch(store, jobs, account, options, interrupt, clock);
  tell(account, options, interrupt.requested());
  if (broken) std::rethrow_exception(broken);
  if (!options.report.empty()) write_report(account, manifest, options);
  return account.totals().failed == 0 && account.totals().unfinished == 0 ? kAllDone : kSomeFailed;
}

}  // namespace clipmill
