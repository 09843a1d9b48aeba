#include "clipmill/job_run.h"

#include <map>
#include <optional>
#include <utility>

#include "clipmill/command.h"
#include "clipmill/device_plan.h"
#include "clipmill/input_stamps.h"
#include "clipmill/interrupt.h"
#include "clipmill/learned_estimates.h"
#include "clipmill/leftovers.h"
#include "clipmill/orphan_sweeper.h"
#include "clipmill/saved_states.h"
#include "core/dispatcher.h"
#include "core/room.h"
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
              const std::vector<DeviceSpec>& devices, LearnedEstimates& estimates, const Clock& clock) try {
  const Interrupt interrupt;
  const Leftovers leftovers(jobs);
  Progress progress(jobs, clock, people(options));
  OrphanSweeper sweeper(store);
  std::optional<SavedStates> states;
  if (!options.state_folder.empty()) states.emplace(options.state_folder / "states", store);
  FanOut observers({&sweeper, &result.account, &progress});
  if (states) observers.add(*states);
  if (options.also) observers.add(*options.also);
  LocalRunner runner(names_of(devices), worker_commands(options), clock, {interrupt.fd(), options.verbose});
  const auto stopped = [&] {
    if (interrupt.requested() && !std::exchange(result.interrupted, true))
      progress.notice(
          fmt::format("stopping after the running step; Ctrl-C again quits at once; {}", options.afterwards));
    return interrupt.requested();
  };
  Scheduler scheduler(find_policy(options.policy), {.balance = balance_from(options.balance)}, devices);
  Dispatcher dispatcher(store, runner, observers, scheduler, estimates, clock,
                        states ? states->folder().string() : "", system_wall_time() - clock.now());
  for (const Job& job : jobs) dispatcher.add(job);
  dispatcher.run(stopped);
} catch (...) {
  result.broken = std::current_exception();
}

}  // namespace

std::FILE* people(const RunOptions& options) { return options.json ? stderr : stdout; }

RunResult run_jobs(std::span<const JobSpec> specs, const RunOptions& options, const Clock& clock) {
  SqliteStore store(options.state_folder.empty() ? fs::path() : options.state_folder / "jobs.db");
  const std::vector<DeviceSpec> devices = device_specs(options);
  LearnedEstimates estimates(store.measurements());
  check_room(specs, devices, estimates);
  std::vector<JobSpec> stamped(specs.begin(), specs.end());
  stamp_inputs(stamped);
  const std::vector<Job> jobs = jobs_of(store, store.submit(stamped));
  RunResult result{Account(jobs, clock)};
  for (const DeviceSpec& device : devices) store.remember_budget(device.name, device.bytes);
  const double began = system_wall_time();
  dispatch(store, jobs, result, options, devices, estimates, clock);
  if (result.broken) return result;
  store.close_history();
  result.history = store.past(began);
  add_open(result.history, store.open());
  return result;
}

int exit_code(const Account& account) {
  const Totals totals = account.totals();
  return totals.failed == 0 && totals.unfinished == 0 ? kAllDone : kSomeFailed;
}

}  // namespace clipmill
