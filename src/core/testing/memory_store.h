// A JobStore in memory, for tests.
#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "core/ports.h"

namespace clipmill {

/// Throws Error(kInternal) where a real one would be asked to do what makes no sense.
class MemoryStore : public JobStore {
 public:
  MemoryStore() = default;
  /// Jobs 1 to `count`.
  explicit MemoryStore(int count) {
    for (JobSpec spec; count > 0; --count) {
      spec.output = std::to_string(jobs_.size() + 1);
      add(spec);
    }
  }

  /// A job of that output that needs the jobs of `after`; or, if there is one of it, another version of it:
  /// its running attempt is fenced off.
  JobId add(const JobSpec& spec) {
    const auto same = [&](const auto& each) { return each.second.spec.output == spec.output; };
    const auto found = std::ranges::find_if(jobs_, same);
    const JobId id = found == jobs_.end() ? static_cast<JobId>(jobs_.size()) + 1 : found->first;
    Job& job = jobs_[id];
    std::erase_if(current_, [&](const auto& each) { return each.second == id; });
    job = {.id = id, .spec = spec, .submitted = now};
    for (const auto& [other, needed] : jobs_) {
      if (std::ranges::count(spec.after, needed.spec.output) > 0) job.needs.push_back(other);
    }
    return id;
  }

  std::vector<JobId> submit(std::span<const JobSpec> specs) override {
    std::vector<JobId> ids;
    for (const JobSpec& spec : specs) ids.push_back(add(spec));
    return ids;
  }
  std::vector<Job> jobs() const override {
    std::vector<Job> all;
    for (const auto& [id, job] : jobs_) all.push_back(job);
    return all;
  }
  std::optional<Job> find(JobId id) const override {
    const auto found = jobs_.find(id);
    return found == jobs_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<Job> find_output(const std::string& output) const override {
    for (const auto& [id, job] : jobs_) {
      if (job.spec.output == output) return job;
    }
    return std::nullopt;
  }
  std::vector<JobId> dependents(JobId id) const override {
    std::vector<JobId> found;
    for (const auto& [other, job] : jobs_) {
      if (std::ranges::count(job.needs, id) > 0) found.push_back(other);
    }
    return found;
  }
  StateCounts counts(std::span<const JobId> ids) const override {
    StateCounts counts{};
    for (const auto& [id, job] : jobs_) {
      if (ids.empty() || std::ranges::count(ids, id) > 0) ++counts[static_cast<std::size_t>(job.state)];
    }
    return counts;
  }

  Attempt begin_attempt(JobId id, const std::string& device) override {
    Job& job = jobs_.at(id);
    if (job.state != JobState::kWaiting) throw Error(ErrorKind::kInternal, "it does not wait");
    job.state = JobState::kRunning;
    ++job.attempts;
    current_[++last_attempt_] = id;
    return {last_attempt_, id, device, job.spec};
  }
  void record(AttemptId attempt, const StageFinished&, double /*when*/) override {
    recorded_ += current_.contains(attempt);
  }
  void finish(AttemptId attempt, const JobFinished& result) override {
    if (Job* job = end(attempt)) job->state = JobState::kDone, job->result = result;
  }
  void finish(AttemptId attempt, const JobFailed& failure, JobState next) override {
    Job* job = end(attempt);
    if (!job) return;
    job->state = next;
    job->failure = failure;
    job->crashes += failure.kind == ErrorKind::kWorker;
  }

  void set_state(JobId id, JobState state) override { idle(id).state = state; }
  void fail(JobId id, const JobFailed& why) override {
    idle(id).state = JobState::kFailed;
    jobs_.at(id).failure = why;
  }
  void set_held(JobId id, bool held) override { jobs_.at(id).held = held; }
  void forget(JobId id) override {
    idle(id);
    jobs_.erase(id);
  }

  int count(JobState state) const { return counts({})[static_cast<std::size_t>(state)]; }
  int recorded() const { return recorded_; }

  void begin_stage(AttemptId, Stage stage, const std::string& device, double when) override {
    begun[device] = {stage, when};
  }
  bool keeps_waits() const override { return true; }
  void note_wait(const std::string& device, Wait why) override { waits[device] = why; }

  double now = 0;                                         ///< when jobs are submitted
  std::map<std::string, std::pair<Stage, double>> begun;  ///< the last on each device
  std::map<std::string, Wait> waits;

 private:
  Job* end(AttemptId attempt) {
    const auto found = current_.find(attempt);
    if (found == current_.end()) return nullptr;
    Job& job = jobs_.at(found->second);
    current_.erase(found);
    return &job;
  }
  Job& idle(JobId id) {
    Job& job = jobs_.at(id);
    if (job.state == JobState::kRunning) throw Error(ErrorKind::kInternal, "it runs");
    return job;
  }

  std::map<JobId, Job> jobs_;
  std::map<AttemptId, JobId> current_;
  AttemptId last_attempt_ = 0;
  int recorded_ = 0;
};

}  // namespace clipmill
