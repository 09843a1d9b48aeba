#include "clipmill/job_run.h"

#include <algorithm>
#include <map>
#include <regex>
#include <utility>

#include "clipmill/command.h"
#include "clipmill/interrupt.h"
#include "clipmill/leftovers.h"
#include "core/dispatcher.h"
#include "fleet/local_runner.h"
#include "observe/fan_out.h"
#include "observe/progress.h"
#include "store/sqlite_store.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kStopping =
    "stopping after the running step; Ctrl-C again quits at once; the same command goes on later";

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

WorkerCommand worker_command(const RunOptions& options) {
  const fs::path program = options.worker.empty()
                               ? fs::read_symlink("/proc/self/exe").parent_path() / "clipmill-worker"
                               : options.worker;
  return {program, {"--threads", std::to_string(options.threads)}};
}

void dispatch(SqliteStore& store, const std::vector<Job>& jobs, RunResult& result, const RunOptions& options,
              const Clock& clock) try {
  const Interrupt interrupt;
  Leftovers leftovers(jobs);
  Progress progress(jobs, clock, people(options));
  FanOut observers({&leftovers, &result.account, &progress});
  LocalRunner runner(options.devices, worker_command(options), {interrupt.fd(), options.verbose});
  const auto stopped = [&] {
    if (interrupt.requested() && !std::exchange(result.interrupted, true)) progress.notice(kStopping);
    return interrupt.requested();
  };
  Dispatcher(store, runner, observers, stopped).run(waiting_of(jobs));
} catch (...) {
  result.broken = std::current_exception();
}

}  // namespace

std::vector<std::string> device_names(const std::vector<std::string>& devices) {
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

std::FILE* people(const RunOptions& options) { return options.json ? stderr : stdout; }

RunResult run_jobs(std::span<const JobSpec> specs, const RunOptions& options, const Clock& clock) {
  SqliteStore store(options.state_folder.empty() ? fs::path() : options.state_folder / "jobs.db");
  const std::vector<Job> jobs = jobs_of(store, store.submit(specs));
  RunResult result{Account(jobs, clock)};
  dispatch(store, jobs, result, options, clock);
  return result;
}

int exit_code(const Account& account) {
  const Totals totals = account.totals();
  return totals.failed == 0 && totals.unfinished == 0 ? kAllDone : kSomeFailed;
}

}  // namespace clipmill
