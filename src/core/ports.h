// The interfaces between decisions and the world. The dispatcher knows nothing else of it, so that a
// simulator, a fake and a dry run are other implementations of these.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/event.h"
#include "core/job.h"
#include "core/part.h"

namespace clipmill {

enum class JobState { kWaiting, kRunning, kDone, kFailed };

/// A job as the store knows it.
struct Job {
  JobId id = 0;
  JobSpec spec;
  JobState state = JobState::kWaiting;
  int attempts = 0;
  JobFailed failure{};   ///< if failed: why
  JobFinished result{};  ///< if done
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
};

/// The durable queue. A call that returns has happened, also after a power cut.
class JobStore {
 public:
  virtual ~JobStore() = default;
  /// Adds jobs, or finds them again by their output path: an unchanged one keeps its state (a done one whose
  /// clip is gone, and a failed or interrupted one, wait again), a changed one starts over. Returns ids in
  /// order.
  virtual std::vector<JobId> submit(std::span<const JobSpec> specs) = 0;
  virtual std::vector<Job> jobs() const = 0;
  virtual Attempt begin_attempt(JobId job, const std::string& device) = 0;
  /// Both ignore an attempt that is not the job's current one (a fenced-off worker).
  virtual void record(AttemptId attempt, const StageFinished& stage) = 0;
  virtual void finish(AttemptId attempt, const JobFinished& result) = 0;
  virtual void finish(AttemptId attempt, const JobFailed& failure) = 0;
  /// Ends the attempt without a verdict: the job waits again.
  virtual void give_back(AttemptId attempt) = 0;
};

/// Runs attempts on devices: worker processes, a simulator, or a fake.
class Runner {
 public:
  virtual ~Runner() = default;
  /// Whether a device may be given further attempts: one whose workers do not come up is given up.
  virtual bool available(const std::string& device) const = 0;
  virtual void start(const Attempt& attempt) = 0;
  /// Blocks until something happened. Empty when interrupted: look at the stop flag. Exactly one JobFinished
  /// or JobFailed ends each attempt, also when its worker dies (kind kWorker).
  virtual std::optional<Event> next_event() = 0;
  /// Asks running attempts to end between steps; each then fails with kCancelled.
  virtual void cancel_all() = 0;
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace clipmill
