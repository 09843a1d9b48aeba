// The decision: which waiting job starts next, and where.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/device_table.h"
#include "core/fitting_queue.h"
#include "core/policy/policy.h"

namespace clipmill {

/// Which of the devices that have room a job goes to.
enum class Balance {
  kFinishTime,   ///< where it ends first: argmin of load + time there + loading its model there
  kLeastLoaded,  ///< the greedy rule (Graham 1966): to the least load, whatever its speed and model
};

/// "finish-time", "least-loaded". Throws Error(kInput) on another name.
Balance balance_from(std::string_view name);

struct SchedulerOptions {
  double aging_seconds = 600;  ///< τ of policies that age
  Balance balance = Balance::kFinishTime;
  /// Of its model's load: for so long a job whose turn it is lets those of the model that is there go before
  /// it. 0: not at all.
  double affinity_loads = 4;
};

/// `job` starts on `device`, where `demand` is reserved for it.
struct Start {
  JobId job = 0;
  int device = -1;
  Demand demand{};
};

/// What a job demands now.
using DemandOf = std::function<Demand(const WaitingJob&)>;

/// Waiting and running jobs, and the rules. Knows no store, no process and no clock; deterministic. A
/// decision takes O(log n) in the number of waiting jobs.
class Scheduler {
 public:
  Scheduler(const Policy& policy, const SchedulerOptions& options, std::vector<DeviceSpec> devices);

  void add(const WaitingJob& job, double now);
  /// A clip whose latents are there waits for a decode lane; it goes before anything that has not begun.
  void go_on(const WaitingJob& job) { begun_.push_back(job); }
  /// A job that does not wait any more, unless it is not known.
  void remove(JobId job);
  /// Devices or estimates are others now: each job whose demand has changed by more than a twentieth goes to
  /// its new place. Asks once for all jobs that are estimated alike.
  void refresh(const DemandOf& demand, double now);
  /// The next start, already entered into the table; nothing when all wait for something to end.
  std::optional<Start> next(double now);
  /// A running job has ended, however; tells where it ran.
  std::optional<int> ended(JobId job) { return devices_.end(job); }

  DeviceTable& devices() { return devices_; }
  const DeviceTable& devices() const { return devices_; }
  /// Those that have not begun.
  std::size_t waiting() const { return jobs_.size(); }
  std::vector<WaitingJob> waiting_jobs() const;
  /// nullptr: it does not wait here.
  const WaitingJob* find(JobId job) const;
  /// Of the job whose turn is next, whether it fits or not; nullptr: nothing waits.
  const Demand* first_demand(double now) const;
  /// Whether nothing waits at all.
  bool empty() const { return jobs_.empty() && begun_.empty(); }
  /// What the first job waits for, after next() found nothing for it.
  const std::optional<Reservation>& reservation() const { return reservation_; }

 private:
  /// Jobs of one group and model.
  using Key = std::pair<int, int>;
  struct Entry {
    WaitingJob job;
    Key key;
    QueuePlace place;
    double turn = kNever;  // since when others go before it, though it could start
  };
  /// Never empty. The first is at hand, so that a decision goes down no tree that it has no need to.
  struct Group {
    FittingQueue places;
    std::optional<Entry> head;
  };
  struct Candidate {
    const Entry* entry = nullptr;
    double key = 0;
    const Group* group = nullptr;
  };

  std::optional<Start> next_begun(double now);
  std::optional<Start> next_new(double now);
  Conditions conditions(double now) const;
  std::optional<Opening> opening(const Demand& demand, double now, const Reservation* kept = nullptr) const;
  const Entry& entry(const QueuePlace& place) const { return jobs_.at(place.id); }
  Candidate first(const Conditions& now) const;
  const Entry* fitting(const Group& group, std::int64_t bytes) const;
  std::optional<Start> start(const Entry& entry, const Opening& opening, double now);
  std::optional<Start> start_in_turn(const Entry& first, const Opening& opening, const Conditions& now);
  const Entry* before(const Entry& first, const Opening& opening, double latest, const Conditions& now) const;
  std::optional<Start> start_others(const Entry& first, const Conditions& now);
  void remember_wait(double wait, double now);

  const Policy& policy_;
  const Balance balance_;
  const double affinity_loads_;
  DeviceTable devices_;
  Conditions always_;  // what does not change with time
  std::map<Key, Group> groups_;
  std::unordered_map<JobId, Entry> jobs_;
  std::vector<WaitingJob> begun_;  // few: see kMostBegun
  std::optional<Reservation> reservation_;
  double longest_wait_ = 0, longest_wait_at_ = 0;  // fades with time
};

}  // namespace clipmill
