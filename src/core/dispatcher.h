// The main loop: starts what the scheduler chooses, and carries what happens into store and scheduler.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "core/ports.h"
#include "core/scheduler.h"

namespace clipmill {

/// A clip is denoised in a main lane of a device, and then, where devices have decode lanes and its latents a
/// place on the disk, decoded in one of these, under the same attempt: so that the next clip is denoised
/// meanwhile.
class Dispatcher {
 public:
  /// The scheduler's devices are the runner's. `states`: the folder of state files; empty: none are kept.
  /// `epoch`: Unix seconds when the clock stood at 0: jobs know when they were submitted by the calendar.
  Dispatcher(JobStore& store, Runner& runner, EventSink& sink, Scheduler& scheduler, Estimates& estimates,
             const Clock& clock, std::string states = {}, double epoch = 0)
      : store_(store),
        runner_(runner),
        sink_(sink),
        scheduler_(scheduler),
        estimates_(estimates),
        clock_(clock),
        states_(std::move(states)),
        epoch_(epoch) {}

  /// Until nothing can start and nothing runs. `stopped` is looked at between events; once true, running jobs
  /// are cancelled and go back to waiting.
  void run(const std::function<bool()>& stopped);

  /// Takes in what has become of the devices and of the estimates, once in a while.
  void look_around();
  /// One turn of it: all that can start now, and what came of one event.
  void start_jobs();
  void handle(const Event& event);

  /// A job of the store may start, once what it needs is done. One that waits already takes the place that it
  /// has now.
  void add(const Job& job);
  /// Ends it, now or between two steps. False if it was over.
  bool cancel(JobId job);
  /// Keeps a job from starting; one that runs ends between two steps, keeps what it has, and waits.
  void hold(JobId job);
  void release(JobId job);
  /// Lets a job that is over, but not done, wait again.
  void retry(JobId job);
  /// hold() and release() for everything, without changing single jobs.
  void pause();
  void resume() { paused_ = false; }
  bool paused() const { return paused_; }

  int running() const { return static_cast<int>(running_.size()); }

 private:
  struct Running {
    Attempt attempt;
    std::int64_t reserved = 0;   // bytes
    Stage stage = Stage::kLoad;  // the last that began
    double seconds = 0;          // of the parts before
  };

  void add(JobId job);
  Demand demand_of_sizes(const Job& job, Part part);
  Demand demand(const Job& job, Part part);
  bool keeps_state(const JobSpec& spec) const;
  Part first_part(const JobSpec& spec) const;
  Running begin(const Start& start, const std::string& device);
  void take_in(int device);
  void refresh();
  void note_waits();
  double when(const Event& event) const;
  void learn(Running& running, const PlanChanged& change);
  void learn_out_of_memory(const Running& running, Stage stage);
  void go_on(JobId job);
  bool stop(JobId job, bool for_ever);
  void give_back(JobId job, const JobFailed& why);
  void give_back_all(const JobFailed& why);
  bool give_up_the_hopeless();
  JobFailed lack(const WaitingJob& job) const;
  void end(const Event& event, const JobFinished& result);
  void end(const Event& event, const JobFailed& failure);
  void forget(JobId job);
  JobState next_state(JobId job, const JobFailed& failure);
  bool helped_by_memory(const Job& job);
  void conclude(const Event& event, JobState expected);
  void start_dependents(JobId job);
  void fail_dependents(const Job& job);
  void fail(JobId job, const JobFailed& why);
  void wake(JobId job, std::set<JobId>& woken);

  JobStore& store_;
  Runner& runner_;
  EventSink& sink_;
  Scheduler& scheduler_;
  Estimates& estimates_;
  const Clock& clock_;
  const std::string states_;
  const double epoch_;
  std::map<JobId, Running> running_;
  std::map<JobId, Running> between_;  // their latents are there, and wait for a decode lane
  std::set<JobId> cancelled_;         // of both
  bool paused_ = false;
  bool learned_ = false;  // since estimates were looked at
  double looked_at_ = -1;
};

}  // namespace clipmill
