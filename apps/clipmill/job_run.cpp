#include "clipmill/job_run.h"

#include <algorithm>
#include <map>
#include <regex>
#include <utility>

#include "clipmill/command.h"
#include "clipmill/input_stamps.h"
#include "clipmill/interrupt.h"
#include "clipmill/leftovers.h"
#include "clipmill/orphan_sweeper.h"
#include "core/dispatcher.h"
#include "fleet/local_runner.h"
#include "observe/fan_out.h"
#include "observe/progress.h"
#include "store/sqlite_store.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

std::vector<Job> jobs_of(const SqliteStore& store, const std::vector<JobId>& ids) {
  std::map<JobId, Job> known;
  for (Job& job : store.jobs()) known.emplace(job.id, std::move(job));
  std::vector<Job> jobs;
  for (const JobId id : ids) jobs.push_back(known.at(id));
  return jobs;
}

void dispatch(SqliteStore& store, const std::vector<Job>& jobs, RunResult& result, const RunOptions& options,
              const Clock& clock) try {
  const Interrupt interrupt;
  const Leftovers leftovers(jobs);
  Progress progress(jobs, clock, people(options));
  OrphanSweeper sweeper(store);
  FanOut observers({&sweeper, &result.account, &progress});
  LocalRunner runner(options.devices, worker_command(options), clock, {interrupt.fd(), options.verbose});
  const auto stopped = [&] {
    if (interrupt.requested() && !std::exchange(result.interrupted, true))
      progress.notice(
          fmt::format("stopping after the running step; Ctrl-C again quits at once; {}", options.afterwards));
    return interrupt.requested();
  };
  Scheduler scheduler(kFair, {}, device_specs(options.devices));
  NoEstimates estimates;
  Dispatcher dispatcher(store, runner, observers, scheduler, estimates, clock);
  for (const Job& job : jobs) dispatcher.add(job, clock.now());
  dispatcher.run(stopped);
} catch (...) {
  result.broken = std::current_exception();
}

}  // namespace

/// Nothing is known yet of what jobs take: each has a device to itself.
std::vector<DeviceSpec> device_specs(const std::vector<std::string>& devices) {
  std::vector<DeviceSpec> specs;
  for (const std::string& device : devices) specs.push_back({.name = device});
  return specs;
}

WorkerCommand worker_command(const RunOptions& options) {
  const fs::path program = options.worker.empty()
                               ? fs::read_symlink("/proc/self/exe").parent_path() / "clipmill-worker"
                               : options.worker;
  return {program, {"--threads", std::to_string(options.threads)}};
}

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
  std::vector<JobSpec> stamped(specs.begin(), specs.end());
  stamp_inputs(stamped);
  const std::vector<Job> jobs = jobs_of(store, store.submit(stamped));
  RunResult result{Account(jobs, clock)};
  dispatch(store, jobs, result, options, clock);
  return result;
}

int exit_code(const Account& account) {
  const Totals totals = account.totals();
  return totals.failed == 0 && totals.unfinished == 0 ? kAllDone : kSomeFailed;
}

}  // namespace clipmill
