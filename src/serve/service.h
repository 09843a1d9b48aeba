// The running queue, as many callers see it at once: one lock around the dispatcher and what it works on.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/dispatcher.h"
#include "core/forecast.h"

namespace clipmill {

/// How far a running job is.
struct StageView {
  std::string device, stage;
  int done = 0, total = 0;
};

/// A job, and what is known of it now.
struct JobView {
  Job job;
  StageView progress;  ///< if it runs
  std::string
      waits_for;  ///< if it waits: "cuda:0, from about 14:05, 2 jobs ahead", "job 3 (running)", "…paused"
  double expected_start = 0;  ///< Unix seconds, if it waits and everything goes as estimated; 0: not known
  int position = 0;           ///< in the order of the expected starts, from 1, if it waits; 0: not known
  std::vector<AttemptRecord> history;   ///< not in queue()
  std::vector<StageFinished> stages{};  ///< what it took, over all attempts; not in queue()
};

struct DeviceView {
  std::string name;
  std::string trouble;  ///< why it gets no jobs now; empty: it does
};

struct QueueView {
  bool paused = false;
  std::vector<DeviceView> devices;
  std::vector<JobView> jobs;
  StateCounts counts{};  ///< of page(): of all jobs
  bool more = false;     ///< of page(): others come behind it
};

class Service : public EventSink {
 public:
  struct Parts {
    JobStore& store;
    Runner& runner;
    Scheduler& scheduler;
    Estimates& estimates;
    EventSink& observer;
    const Clock& clock;
    std::function<double()> wall_time;      ///< Unix seconds
    std::function<void()> wake;             ///< ends the runner's wait
    std::function<void(bool)> keep_paused;  ///< remembers it over a restart
    std::function<void()> chores = [] {};   ///< done in each turn, under the lock
    std::string states = {};                ///< the dispatcher's folder of state files
    std::set<JobId> doomed = {};            ///< removed while they ran, before a restart
    std::function<void(const std::set<JobId>&)> keep_doomed = [](const auto&) {};  ///< over the next one
    /// A job was submitted, cancelled, …: what no event tells. "removed": there is none any more.
    std::function<void(JobId, std::string_view state)> changed = [](JobId, std::string_view) {};
    std::function<void(const JobSpec&)> remove_outputs = [](const auto&) {};  ///< of a removed job
    /// Lists for any thread, so that a long one holds nobody up; null: the store gives them, under the lock.
    const JobLists* lists = nullptr;
  };
  explicit Service(const Parts& parts, bool paused);

  /// Until `stopped`; then running jobs end between two steps and wait for the next start. For one thread;
  /// the others below for any.
  void run(const std::function<bool()>& stopped);

  /// Throws Error(kInput), and takes none, where one needs more than any device has, or has the output of one
  /// that is being removed; Error(kCancelled) once it is told to end.
  std::vector<JobId> submit(const std::vector<JobSpec>& specs);
  QueueView queue() const;
  /// A part of it, at a cost that does not grow with the queue: when jobs start is reckoned from time to
  /// time.
  QueueView queue(const JobQuery& query) const;
  /// As they are kept, without those that are being removed.
  std::vector<Job> jobs(const JobQuery& query) const;
  std::vector<Job> with_prefix(const std::string& prefix) const;
  /// The same with attempts and stages; without a forecast.
  std::vector<JobView> page(const JobQuery& query) const;
  /// How many of these jobs are in which state; of all, if none is named. Cheap, for those who wait.
  StateCounts counts(const std::vector<JobId>& jobs) const;
  /// Why nothing may be submitted or nothing would run; empty: all is well.
  std::string trouble() const;
  /// As it is kept, which is cheaper than show(); empty where there is none.
  std::optional<Job> find(JobId job) const;
  /// What ran where since `since` (Unix seconds).
  History history(double since) const;
  /// Throws Error(kInput) if there is no such job, as do those below.
  JobView show(JobId job) const;
  /// The same without a forecast.
  std::vector<JobView> brief(const std::vector<JobId>& jobs) const;
  void cancel(JobId job);
  void retry(JobId job);
  /// Its clip is deleted and the job forgotten: one that runs is cancelled first, is shown no more, and goes
  /// with its end.
  void remove(JobId job);
  void hold(JobId job);
  void release(JobId job);
  void pause();
  void resume();

 private:
  void on_event(const Event& event) override;
  Job known(JobId job) const;
  /// When waiting jobs are expected to start, by number.
  struct Expected {
    ExpectedStart start;
    int position = 0;
  };
  struct Outlook {
    std::map<JobId, Expected> starts;
    double made = 0;  ///< Unix seconds
  };
  Outlook made_outlook() const;
  const Outlook& outlook() const;
  std::vector<DeviceView> devices() const;
  void tell_change(JobId job) const;
  JobView view(const Job& job) const;
  void foresee(JobView& view, const Outlook& outlook) const;
  static void add_history(JobView& view, const JobLists& lists);
  template <typename Read>
  auto read(const Read& read) const;
  std::vector<Job> page_of(const JobQuery& query) const;
  std::vector<Job> kept(std::vector<Job> jobs, std::size_t limit) const;
  void add_views(QueueView& queue, const std::vector<Job>& jobs) const;
  std::string waits_for(const Job& job) const;
  std::string lacks(JobId job) const;
  void forget_doomed();
  bool is_gone(JobId job) const { return doomed_.contains(job); }
  template <typename Change>
  void change(JobId job, const Change& change);

  const Parts parts_;
  mutable std::mutex mutex_;
  Dispatcher dispatcher_;
  std::map<JobId, StageView> progress_;
  bool ending_ = false;
  std::set<JobId> doomed_;  ///< run, and are removed when they have ended
  mutable Outlook outlook_;
  mutable double outlook_until_ = -1;  ///< on the clock: holds so long
};

}  // namespace clipmill
