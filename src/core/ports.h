// The interfaces between decisions and the world. The dispatcher knows nothing else of it, so that a
// simulator, a fake and a dry run are other implementations of these.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/demand.h"
#include "core/device_reading.h"
#include "core/device_spec.h"
#include "core/event.h"
#include "core/history.h"
#include "core/job.h"
#include "core/job_query.h"
#include "core/job_state.h"
#include "core/part.h"

namespace clipmill {

/// A job as the store knows it.
struct Job {
  JobId id = 0;
  JobSpec spec;
  JobState state = JobState::kWaiting;
  int attempts = 0;
  JobFailed failure{};         ///< of the last attempt that failed: why
  JobFinished result{};        ///< if done
  int crashes = 0;             ///< workers that died of it
  bool held = false;           ///< does not start until it is released
  std::vector<JobId> needs{};  ///< jobs that must be done before it starts
  double submitted = 0;        ///< Unix seconds
};

/// One run of a job on a device, under a lease that `id` fences.
struct Attempt {
  AttemptId id = 0;
  JobId job = 0;
  std::string device;
  JobSpec spec;
  Part part = Part::kWhole;
  /// Where the clip's latents and the sampler's state are kept between steps, parts and attempts, so that the
  /// work goes on from there; empty: nowhere.
  std::string state_file = {};
  MemoryPlan plan = {};  ///< to begin with; a stage that does not fit goes on under a smaller one
};

/// An attempt, for people: times are Unix seconds.
struct AttemptRecord {
  AttemptId id = 0;
  std::string device;
  double started = 0, ended = 0;  ///< ended 0: runs
  std::string outcome, message;
};

/// What people look at of the queue.
class JobLists {
 public:
  virtual ~JobLists() = default;
  /// Those that `query` asks for.
  virtual std::vector<Job> page(const JobQuery& query) const = 0;
  /// The job's attempts, the first one first.
  virtual std::vector<AttemptRecord> attempts(JobId) const { return {}; }
  /// What its stages took, over all attempts.
  virtual std::vector<StageFinished> stage_history(JobId) const { return {}; }
  /// Since `since` (Unix seconds) until now, without what the store knows of what runs: JobStore::open().
  virtual History past(double /*since*/) const { return {}; }
};

/// The durable queue. A call that returns has happened, also after a power cut.
class JobStore : public JobLists {
 public:
  /// Adds jobs, or finds them again by their output path: an unchanged one keeps its state (a done one whose
  /// clip is gone, and a failed or interrupted one, wait again), a changed one starts over. Returns ids in
  /// order.
  virtual std::vector<JobId> submit(std::span<const JobSpec> specs) = 0;
  virtual std::vector<Job> jobs() const = 0;
  /// Here by looking at all.
  std::vector<Job> page(const JobQuery& query) const override;
  /// Those whose outputs begin with `prefix`, by id. All of them are read: for prefixes that few have.
  virtual std::vector<Job> with_prefix(const std::string& prefix) const;
  virtual std::optional<Job> find(JobId job) const = 0;
  /// The job of that output path.
  virtual std::optional<Job> find_output(const std::string& /*output*/) const { return std::nullopt; }
  /// The jobs that need this one.
  virtual std::vector<JobId> dependents(JobId job) const = 0;
  /// Of these jobs, as far as they exist; of all, if none is named. Cheap: looks at no spec.
  virtual StateCounts counts(std::span<const JobId> jobs) const = 0;

  virtual Attempt begin_attempt(JobId job, const std::string& device) = 0;
  /// A stage of the attempt began on `device`; record() or finish() ends it. `when`, here and below: Unix
  /// seconds.
  virtual void begin_stage(AttemptId /*attempt*/, Stage, const std::string& /*device*/, double /*when*/) {}
  /// These ignore an attempt that is not the job's current one (a fenced-off worker).
  virtual void record(AttemptId attempt, const StageFinished& stage, double when) = 0;
  virtual void finish(AttemptId attempt, const JobFinished& result) = 0;
  /// Ends the attempt; the job is `next` then: failed, quarantined, cancelled, or waiting again.
  virtual void finish(AttemptId attempt, const JobFailed& failure, JobState next) = 0;

  /// Of a job that does not run.
  virtual void set_state(JobId job, JobState state) = 0;
  /// The same, with the reason.
  virtual void fail(JobId job, const JobFailed& why) = 0;
  virtual void set_held(JobId job, bool held) = 0;
  /// Of a job that does not run, and that no open job needs.
  virtual void forget(JobId /*job*/) {}

  /// Whether note_wait() is worth the walk over all devices after each decision.
  virtual bool keeps_waits() const { return false; }
  /// What the device waits for from now on, whenever it does nothing. Remembered a little later than told.
  virtual void note_wait(const std::string& /*device*/, Wait) {}
  /// Of what runs now, and is not written yet, for add_open().
  virtual History open() const { return {}; }
};

/// Runs attempts on devices: worker processes, a simulator, or a fake.
class Runner {
 public:
  virtual ~Runner() = default;
  /// Whether a device may be given attempts now: one whose workers do not come up gets none for a while.
  virtual bool available(const std::string& device) const = 0;
  /// Why it may not.
  virtual JobFailed trouble(const std::string& /*device*/) const { return {}; }
  /// What processes other than ours hold of the device now; 0 where that is not known.
  virtual std::int64_t foreign_bytes(const std::string& /*device*/) { return 0; }
  virtual void start(const Attempt& attempt) = 0;
  /// What happened and has not been told yet; does not wait. Exactly one JobFinished or JobFailed ends each
  /// attempt, also when its worker dies (kWorker) or does not come up (kDevice).
  virtual std::optional<Event> next_event() = 0;
  /// Blocks until something may have happened, for at most `seconds`.
  virtual void wait(double seconds) = 0;
  /// Asks a running attempt to end between steps; it then fails with kCancelled.
  virtual void cancel(const Attempt& attempt) = 0;
  /// Nothing is to start for a while: gives the memory of idle workers back.
  virtual void rest() {}
};

/// What jobs take, before they run; learns from what they took.
class Estimates {
 public:
  virtual ~Estimates() = default;
  /// `device`: the largest that it may run on, which stands for all.
  virtual Demand demand(const Job& job, Part part, const DeviceSpec& device) = 0;
  /// Why it runs under `plan`, for people.
  virtual std::string why(const JobSpec&, const MemoryPlan& /*plan*/, Part, const DeviceSpec&) { return {}; }
  /// Bytes that the job takes under the smallest memory plan; 0: not known.
  virtual std::int64_t floor(const JobSpec&, const DeviceSpec& /*device*/) { return 0; }
  /// Whether demands may be others now.
  virtual bool learn(const Attempt&, const StageFinished&) { return false; }
  /// `stage` did not fit into the `reserved` bytes: the next demand is larger.
  virtual void learn_out_of_memory(const Attempt&, Stage /*stage*/, std::int64_t /*reserved*/) {}
};

/// Nothing is known: each job takes a device for itself.
class NoEstimates : public Estimates {
 public:
  Demand demand(const Job&, Part, const DeviceSpec&) override { return {}; }
};

/// Looks at devices.
class Sensors {
 public:
  virtual ~Sensors() = default;
  /// Never throws for hardware's sake.
  virtual DeviceReading read(const std::string& device) = 0;
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace clipmill
