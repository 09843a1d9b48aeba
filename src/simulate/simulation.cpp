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
  std::optional<Job> find(JobId) const override { return std::nullopt; }
  std::vector<JobId> dependents(JobId) const override { return {}; }
  StateCounts counts(std::span<const JobId>) const override { return {}; }
  Attempt begin_attempt(JobId job, const std::string& device) override {
    return {++attempts_, job, device, {}};
  }
  void record(AttemptId, const StageFinished&, double) override {}
  void finish(AttemptId, const JobFinished&) override {}
  void finish(AttemptId, const JobFailed&, JobState) override {}
  void set_state(JobId, JobState) override {}
  void fail(JobId, const JobFailed&) override {}
  void set_held(JobId, bool) override {}

 private:
  AttemptId attempts_ = 0;
};

/// Writes down when and where jobs start and end.
class RunLog : public EventSink {
 public:
  RunLog(std::size_t jobs, const std::vector<DeviceSpec>& devices, const Clock& clock) : clock_(clock) {
    result.runs.resize(jobs);
    for (std::size_t i = 0; i < devices.size(); ++i) index_.emplace(devices[i].name, static_cast<int>(i));
  }
  void on_event(const Event& event) override {
    SimulatedRun& run = result.runs[static_cast<std::size_t>(event.job)];
    if (std::holds_alternative<JobStarted>(event.what)) {
      run.started = std::min(run.started, clock_.now());
      run.restarted = clock_.now();
      run.device = index_.at(event.device);
    } else if (std::holds_alternative<JobFinished>(event.what)) {
      run.ended = clock_.now();
    } else if (std::holds_alternative<JobFailed>(event.what)) {
      result.lost.push_back({event.job, run.device, run.restarted, clock_.now()});
    }
  }
  Simulation result;

 private:
  const Clock& clock_;
  std::unordered_map<std::string, int> index_;
};

constexpr int kMostLosses = 1'000;

class Simulator {
 public:
  Simulator(const Workload& workload, const Policy& policy, const SimulationOptions& options)
      : jobs_(workload.jobs),
        options_(options),
        fleet_(workload, options.devices, options.fleet, clock_),
        log_(workload.jobs.size(), options.devices, clock_),
        scheduler_(policy, options.scheduler, options.devices),
        dispatcher_(store_, fleet_, log_, scheduler_, estimates_, clock_),
        gone_(options.devices.size()) {
    measure_largest();
  }

  Simulation run() {
    while (arrived_ < jobs_.size() || dispatcher_.running() > 0 || scheduler_.waiting() > 0) {
      const double next = fleet_.next_at();
      if (arrived_ < jobs_.size() && jobs_[arrived_].submitted <= next) {
        clock_.advance(std::max(0.0, jobs_[arrived_].submitted - clock_.now()));
        add(static_cast<JobId>(arrived_++));
        // Who comes at the same moment is looked at together: a batch is no stream in the order of its file.
        if (arrived_ < jobs_.size() && jobs_[arrived_].submitted <= clock_.now()) continue;
      } else if (next == kNever) {
        break;
      } else if (const auto event = fleet_.next_event()) {
        dispatcher_.handle(*event);
      }
      note_changes();
      dispatcher_.start_jobs();
    }
    for (SimulatedRun& run : log_.result.runs) {
      if (run.ended == kNever) run.device = -1;
    }
    return std::move(log_.result);
  }

 private:
  void add(JobId id) {
    const SimulatedJob& job = jobs_[static_cast<std::size_t>(id)];
    if (job.bytes > largest_) return;
    const Demand demand{job.model, (1 - fleet_.saved_share(id)) * job.expected, options_.fleet.load_seconds,
                        job.bytes};
    scheduler_.add({id, job.priority, job.submitted, job.deadline, demand}, clock_.now());
  }

  void note_changes() {
    for (const Outage& outage : fleet_.take_lost()) {
      scheduler_.devices().set_available(outage.device, false);
      if (outage.until == kNever) bury(outage.device);
    }
    for (const int device : fleet_.take_back()) scheduler_.devices().set_available(device, true);
    for (; seen_losses_ < log_.result.lost.size(); ++seen_losses_) {
      const JobId job = log_.result.lost[seen_losses_].job;
      if (++losses_[job] < kMostLosses) add(job);
    }
  }

  /// Who fits on no other device does not wait for it to come back.
  void bury(int device) {
    gone_[static_cast<std::size_t>(device)] = true;
    const std::int64_t before = largest_;
    measure_largest();
    if (largest_ == before) return;
    for (std::size_t i = 0; i < arrived_; ++i) {
      if (jobs_[i].bytes > largest_) scheduler_.remove(static_cast<JobId>(i));
    }
  }

  void measure_largest() {
    largest_ = -1;
    for (std::size_t i = 0; i < gone_.size(); ++i) {
      if (!gone_[i]) largest_ = std::max(largest_, options_.devices[i].bytes);
    }
  }

  const std::vector<SimulatedJob>& jobs_;
  const SimulationOptions& options_;
  VirtualClock clock_;
  CountingStore store_;
  SimulatedFleet fleet_;
  RunLog log_;
  NoEstimates estimates_;
  Scheduler scheduler_;
  Dispatcher dispatcher_;
  std::size_t arrived_ = 0, seen_losses_ = 0;
  std::unordered_map<JobId, int> losses_;
  std::vector<bool> gone_;     // lost for good
  std::int64_t largest_ = -1;  // bytes of the largest device that is not
};

}  // namespace

Simulation simulate(const Workload& workload, const Policy& policy, const SimulationOptions& options) {
  return Simulator(workload, policy, options).run();
}

}  // namespace clipmill
