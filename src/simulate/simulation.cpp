#include "simulate/simulation.h"

#include <algorithm>

#include "core/dispatcher.h"
#include "simulate/simulated_fleet.h"

namespace clipmill {
namespace {

/// Only numbers attempts: nothing has to outlive a simulation.
class CountingStore : public JobStore {
 public:
  std::vector<JobId> submit(std::span<const JobSpec>) override { return {}; }
  std::vector<Job> jobs() const override { return {}; }
  Attempt begin_attempt(JobId job, const std::string& device) override {
    return {++attempts_, job, device, {}};
  }
  void record(AttemptId, const StageFinished&) override {}
  void finish(AttemptId, const JobFinished&) override {}
  void finish(AttemptId, const JobFailed&) override {}
  void give_back(AttemptId) override {}

 private:
  AttemptId attempts_ = 0;
};

/// Writes down when and where jobs start and end.
class RunLog : public EventSink {
 public:
  RunLog(std::size_t jobs, const std::vector<DeviceSpec>& devices, const Clock& clock)
      : runs(jobs), clock_(clock) {
    for (std::size_t i = 0; i < devices.size(); ++i) index_.emplace(devices[i].name, static_cast<int>(i));
  }
  void on_event(const Event& event) override {
    SimulatedRun& run = runs[static_cast<std::size_t>(event.job)];
    if (std::holds_alternative<JobStarted>(event.what)) {
      run.started = clock_.now();
      run.device = index_.at(event.device);
    } else if (std::holds_alternative<JobFinished>(event.what)) {
      run.ended = clock_.now();
    }
  }
  std::vector<SimulatedRun> runs;

 private:
  const Clock& clock_;
  std::unordered_map<std::string, int> index_;
};

WaitingJob waiting(JobId id, const SimulatedJob& job, double load_seconds) {
  return {.id = id,
          .priority = job.priority,
          .submitted = job.submitted,
          .deadline = job.deadline,
          .demand = {job.model, job.expected, load_seconds, job.bytes}};
}

bool fits_somewhere(const SimulatedJob& job, const std::vector<DeviceSpec>& devices) {
  return std::ranges::any_of(devices, [&](const DeviceSpec& device) { return job.bytes <= device.bytes; });
}

}  // namespace

std::vector<SimulatedRun> simulate(const Workload& workload, const Policy& policy,
                                   const SimulationOptions& options) {
  VirtualClock clock;
  CountingStore store;
  SimulatedFleet fleet(workload, options.devices, options.load_seconds, clock);
  RunLog log(workload.jobs.size(), options.devices, clock);
  Scheduler scheduler(policy, options.scheduler, options.devices);
  Dispatcher dispatcher(store, fleet, log, scheduler, clock);
  std::size_t next = 0;
  while (next < workload.jobs.size() || dispatcher.running() > 0) {
    const bool arrives = next < workload.jobs.size() && workload.jobs[next].submitted <= fleet.next_end();
    if (arrives) {
      const SimulatedJob& job = workload.jobs[next];
      clock.advance(std::max(0.0, job.submitted - clock.now()));
      if (fits_somewhere(job, options.devices))
        scheduler.add(waiting(static_cast<JobId>(next), job, options.load_seconds), clock.now());
      ++next;
    } else if (const auto event = fleet.next_event()) {
      dispatcher.handle(*event);
    }
    dispatcher.start_jobs();
  }
  return std::move(log.runs);
}

}  // namespace clipmill
