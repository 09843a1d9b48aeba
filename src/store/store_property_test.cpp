// Random histories on a real store, against a plain model of what the contract says.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "base/atomic_file.h"
#include "store/job_rows.h"
#include "store/sqlite_store.h"
#include "store/testing/scratch_folder.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;

struct ModelJob {
  JobId id = 0;
  std::string prompt;
  JobState state = JobState::kWaiting;
  int attempts = 0;
  AttemptId current = 0;
  bool clip_as_made = false;
  std::string failure;
  std::multiset<double> stages;
};

/// Drives a SqliteStore and a map side by side.
class History {
 public:
  void step() {
    switch (*rc::gen::inRange(0, 9)) {
      case 0:
      case 1:
        return submit();
      case 2:
      case 3:
        return begin();
      case 4:
        return record();
      case 5:
        return finish();
      case 6:
        return fail();
      case 7:
        return give_back();
      default:
        return *rc::gen::inRange(0, 3) == 0 ? remove_clip() : reopen();
    }
  }

  void check() const {
    const auto jobs = store_->jobs();
    RC_ASSERT(jobs.size() == model_.size());
    for (const Job& job : jobs) check(job, model_.at(job.spec.output));
  }

 private:
  void check(const Job& job, const ModelJob& expected) const {
    RC_ASSERT(job.id == expected.id);
    RC_ASSERT(job.spec.clip.prompt == expected.prompt);
    RC_ASSERT(std::string(to_string(job.state)) == std::string(to_string(expected.state)));
    RC_ASSERT(job.attempts == expected.attempts);
    if (job.state == JobState::kFailed) RC_ASSERT(job.failure.message == expected.failure);
    std::multiset<double> seconds;
    for (const StageRecord& record : store_->stages(job.id)) seconds.insert(record.what.seconds);
    RC_ASSERT(seconds == expected.stages);
  }

  std::string any_output() const {
    return (scratch_.path() / fmt::format("{}.mp4", *rc::gen::inRange(0, 4))).string();
  }
  /// An attempt that was made some time: often the current one of its job, often not.
  AttemptId any_attempt() const {
    return attempts_.empty() ? 12345 : attempts_[*rc::gen::inRange<std::size_t>(0, attempts_.size())];
  }
  ModelJob* current(AttemptId attempt) {
    for (auto& [output, job] : model_) {
      if (job.state == JobState::kRunning && job.current == attempt) return &job;
    }
    return nullptr;
  }

  void submit() {
    JobSpec spec;
    spec.output = any_output();
    spec.clip.prompt = *rc::gen::element<std::string>("red", "blue");
    const JobId id = store_->submit({&spec, 1}).at(0);
    const auto [found, is_new] = model_.try_emplace(spec.output);
    ModelJob& job = found->second;
    const bool id_as_expected = is_new ? known_.insert(id).second : id == job.id;
    RC_ASSERT(id_as_expected);
    job.id = id;
    if (!is_new && job.prompt != spec.clip.prompt) job.attempts = 0, job.state = JobState::kWaiting;
    if (job.state == JobState::kFailed) job.state = JobState::kWaiting;
    if (job.state == JobState::kDone && !job.clip_as_made) job.state = JobState::kWaiting;
    job.prompt = spec.clip.prompt;
  }

  void begin() {
    const auto found = model_.find(any_output());
    if (found == model_.end()) return;
    ModelJob& job = found->second;
    if (job.state == JobState::kDone || job.state == JobState::kFailed) {
      RC_ASSERT_THROWS_AS(store_->begin_attempt(job.id, "cpu:0"), Error);
      return;
    }
    const Attempt attempt = store_->begin_attempt(job.id, "cpu:0");
    for (const AttemptId earlier : attempts_) RC_ASSERT(attempt.id > earlier);
    attempts_.push_back(attempt.id);
    RC_ASSERT(attempt.spec.clip.prompt == job.prompt);
    job.state = JobState::kRunning, job.current = attempt.id, ++job.attempts;
  }

  void record() {
    const AttemptId attempt = any_attempt();
    const double seconds = *rc::gen::inRange(0, 1000);
    store_->record(attempt, {Stage::kDecode, seconds, 1}, 0);
    if (ModelJob* job = current(attempt)) job->stages.insert(seconds);
  }

  void finish() {
    const AttemptId attempt = any_attempt();
    ModelJob* job = current(attempt);
    if (job) {
      for (const auto& [output, candidate] : model_) {
        if (&candidate == job) write_file(output, "clip");
      }
      job->state = JobState::kDone, job->clip_as_made = true;
    }
    store_->finish(attempt, JobFinished{4, 1});
  }

  void fail() {
    const AttemptId attempt = any_attempt();
    const std::string text = fmt::format("reason {}", *rc::gen::inRange(0, 1000));
    store_->finish(attempt, JobFailed{ErrorKind::kIo, text, ""}, JobState::kFailed);
    if (ModelJob* job = current(attempt)) job->state = JobState::kFailed, job->failure = text;
  }

  void give_back() {
    const AttemptId attempt = any_attempt();
    store_->finish(attempt, JobFailed{ErrorKind::kCancelled, "cancelled", ""}, JobState::kWaiting);
    if (ModelJob* job = current(attempt)) job->state = JobState::kWaiting;
  }

  void remove_clip() {
    const std::string output = any_output();
    fs::remove(output);
    if (const auto found = model_.find(output); found != model_.end()) found->second.clip_as_made = false;
  }

  void reopen() {
    store_.reset();
    store_.emplace(file_);
    for (auto& [output, job] : model_) {
      if (job.state == JobState::kRunning) job.state = JobState::kWaiting;
    }
  }

  ScratchFolder scratch_;
  const fs::path file_ = scratch_.path() / "jobs.db";
  std::optional<SqliteStore> store_{std::in_place, file_};
  std::map<std::string, ModelJob> model_;
  std::vector<AttemptId> attempts_;
  std::set<JobId> known_;
};

RC_GTEST_PROP(StoreProperty, DoesWhatTheContractSays, ()) {
  for (int sequence = 0; sequence < 3; ++sequence) {  // of 100 cases: 300 histories
    History history;
    const int steps = *rc::gen::inRange(1, 40);
    for (int i = 0; i < steps; ++i) history.step();
    history.check();
  }
}

}  // namespace
}  // namespace clipmill
