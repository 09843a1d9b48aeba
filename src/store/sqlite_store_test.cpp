#include "store/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"
#include "core/job_fields.h"
#include "store/database.h"
#include "store/testing/scratch_folder.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class SqliteStoreTest : public testing::Test {
 protected:
  JobSpec spec(const std::string& name, const std::string& prompt = "a red circle") const {
    JobSpec spec;
    spec.model = "model";
    spec.output = (scratch_.path() / name).string();
    spec.clip.prompt = prompt;
    return spec;
  }
  void reopen() {
    store_.reset();
    store_.emplace(file_, [this] { return time_ += 1; });
  }
  JobId submit(const JobSpec& spec) { return store_->submit({&spec, 1}).at(0); }
  Job only_job() const { return store_->jobs().at(0); }
  void make(const JobSpec& spec, std::string_view content = "clip") const {
    write_file(spec.output, content);
  }
  /// A job whose clip of 4 bytes exists.
  JobId submit_done(const JobSpec& spec) {
    const JobId id = submit(spec);
    const Attempt attempt = store_->begin_attempt(id, "cpu:0");
    make(spec);
    store_->finish(attempt.id, JobFinished{4, 1.5});
    return id;
  }

  ScratchFolder scratch_;
  const fs::path file_ = scratch_.path() / "state" / "jobs.db";
  double time_ = 1e9;
  std::optional<SqliteStore> store_{std::in_place, file_, [this] { return time_ += 1; }};
};

TEST_F(SqliteStoreTest, KeepsJobsOverAReopen) {
  const JobSpec wanted = spec("a.mp4", "圆 'quoted' \"twice\"\n");
  const JobId id = submit(wanted);
  reopen();
  const Job job = only_job();
  EXPECT_EQ(job.id, id);
  EXPECT_EQ(to_json(job.spec), to_json(wanted));
  EXPECT_EQ(job.state, JobState::kWaiting);
  EXPECT_EQ(job.attempts, 0);
}

TEST_F(SqliteStoreTest, RunsAJobToItsEnd) {
  const JobId id = submit(spec("a.mp4"));
  const Attempt attempt = store_->begin_attempt(id, "cpu:0");
  EXPECT_EQ(attempt.job, id);
  EXPECT_EQ(attempt.device, "cpu:0");
  EXPECT_EQ(attempt.spec.output, spec("a.mp4").output);
  EXPECT_EQ(only_job().state, JobState::kRunning);
  store_->record(attempt.id, {Stage::kDenoise, 2.5, 1000}, 0);
  store_->record(attempt.id, {Stage::kDecode, 0.5, 2000}, 0);
  store_->finish(attempt.id, JobFinished{123, 3.25});
  reopen();
  const Job job = only_job();
  EXPECT_EQ(job.state, JobState::kDone);
  EXPECT_EQ(job.attempts, 1);
  EXPECT_EQ(job.result.output_bytes, 123);
  EXPECT_EQ(job.result.seconds, 3.25);
  const auto stages = store_->stages(id);
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[1].attempt, attempt.id);
  EXPECT_EQ(stages[1].what.stage, Stage::kDecode);
  EXPECT_EQ(stages[1].what.peak_bytes, 2000);
}

TEST_F(SqliteStoreTest, APageHoldsWhatItsQueryAsksFor) {
  const std::string folder = fs::path(spec("a.mp4").output).parent_path();
  const JobId first = submit_done(spec("a.mp4")), second = submit(spec("b.mp4")),
              third = submit(spec("c.mp4"));
  submit(spec("c0/d.mp4"));
  const auto ids = [&](const JobQuery& query) {
    std::vector<JobId> found;
    for (const Job& job : store_->page(query)) found.push_back(job.id);
    return found;
  };
  using Ids = std::vector<JobId>;
  EXPECT_EQ(ids({.prefix = folder + "/", .limit = 2}), (Ids{first, second}));
  EXPECT_EQ(ids({.prefix = folder + "/", .after = second, .limit = 1}), Ids{third});
  EXPECT_EQ(ids({.prefix = folder + "/", .after = third, .limit = 9, .newest_first = true}),
            (Ids{second, first}));
  EXPECT_EQ(ids({.prefix = folder + "/c.", .limit = 9}), Ids{third});
  EXPECT_EQ(ids({.prefix = folder + "/", .limit = 1, .open = true}), Ids{second});
  EXPECT_EQ(ids({.limit = 9}).size(), 4u);
  const auto named = store_->with_prefix(folder + "/c.");
  ASSERT_EQ(named.size(), 1u);
  EXPECT_EQ(named.front().id, third);
  EXPECT_EQ(store_->with_prefix(folder + "/").size(), 4u);
  EXPECT_TRUE(store_->with_prefix(folder + "/d").empty());
}

TEST_F(SqliteStoreTest, WhatWasMeasuredOnceStaysDoneWithoutMeasuring) {
  JobSpec measured = spec("a.mp4");
  measured.memory_usage = "usage.json";
  submit_done(measured);
  submit(spec("a.mp4"));
  EXPECT_EQ(only_job().state, JobState::kDone);
  submit(measured);
  EXPECT_EQ(only_job().state, JobState::kWaiting) << "there is nothing that could be shown";
}

TEST_F(SqliteStoreTest, UnchangedDoneJobStaysDone) {
  const JobId id = submit_done(spec("a.mp4"));
  reopen();
  EXPECT_EQ(submit(spec("a.mp4")), id);
  EXPECT_EQ(only_job().state, JobState::kDone);
}

TEST_F(SqliteStoreTest, DoneJobWaitsAgainWhenItsClipIsGone) {
  submit_done(spec("a.mp4"));
  fs::remove(spec("a.mp4").output);
  submit(spec("a.mp4"));
  EXPECT_EQ(only_job().state, JobState::kWaiting);
}

TEST_F(SqliteStoreTest, DoneJobWaitsAgainWhenItsClipHasAnotherSize) {
  submit_done(spec("a.mp4"));
  const auto modified = fs::last_write_time(spec("a.mp4").output);
  make(spec("a.mp4"), "truncated by someone");
  fs::last_write_time(spec("a.mp4").output, modified);
  submit(spec("a.mp4"));
  EXPECT_EQ(only_job().state, JobState::kWaiting);
}

TEST_F(SqliteStoreTest, DoneJobWaitsAgainWhenItsClipHasAnotherTime) {
  submit_done(spec("a.mp4"));
  fs::last_write_time(spec("a.mp4").output, fs::file_time_type{std::chrono::hours(1)});
  submit(spec("a.mp4"));
  EXPECT_EQ(only_job().state, JobState::kWaiting);
}

TEST_F(SqliteStoreTest, ChangedJobStartsOver) {
  const JobId id = submit_done(spec("a.mp4"));
  EXPECT_EQ(submit(spec("a.mp4", "a blue circle")), id);
  EXPECT_EQ(only_job().state, JobState::kWaiting);
  EXPECT_EQ(only_job().attempts, 0);
  EXPECT_EQ(only_job().spec.clip.prompt, "a blue circle");
}

TEST_F(SqliteStoreTest, AnotherSchedulingIsStoredButMakesNoClipAnew) {
  JobSpec changed = spec("a.mp4");
  const JobId id = submit_done(changed);
  changed.priority = 7, changed.preview_every = 3;
  EXPECT_EQ(submit(changed), id);
  reopen();
  EXPECT_EQ(only_job().state, JobState::kDone);
  EXPECT_EQ(only_job().spec.priority, 7);
  EXPECT_EQ(only_job().spec.preview_every, 3);
  EXPECT_EQ(to_json(only_job().spec), to_json(changed));
}

TEST_F(SqliteStoreTest, AnotherSchedulingDoesNotFenceARunningAttempt) {
  JobSpec changed = spec("a.mp4");
  const Attempt attempt = store_->begin_attempt(submit(changed), "cpu:0");
  changed.priority = 7;
  submit(changed);
  make(changed);
  store_->finish(attempt.id, JobFinished{4, 1});
  EXPECT_EQ(only_job().state, JobState::kDone);
  EXPECT_EQ(only_job().spec.priority, 7);
}

TEST_F(SqliteStoreTest, FailedJobKeepsItsReasonUntilItIsSubmittedAgain) {
  const JobId id = submit(spec("a.mp4"));
  store_->finish(store_->begin_attempt(id, "cpu:0").id,
                 JobFailed{ErrorKind::kOutOfMemory, "too big", "try less"}, JobState::kFailed);
  reopen();
  EXPECT_EQ(only_job().state, JobState::kFailed);
  EXPECT_EQ(only_job().failure.kind, ErrorKind::kOutOfMemory);
  EXPECT_EQ(only_job().failure.message, "too big");
  EXPECT_EQ(only_job().failure.hint, "try less");
  submit(spec("a.mp4"));
  EXPECT_EQ(only_job().state, JobState::kWaiting);
  EXPECT_EQ(only_job().attempts, 1);
}

TEST_F(SqliteStoreTest, WorkThatWasDoneWhenTheWorkerDiedIsDone) {
  const JobSpec wanted = spec("a.mp4");
  const Attempt attempt = store_->begin_attempt(submit(wanted), "cpu:0");
  make(wanted);
  store_->finish(attempt.id, JobFailed{ErrorKind::kWorker, "died", ""}, JobState::kWaiting);
  EXPECT_EQ(only_job().state, JobState::kDone);
}

TEST_F(SqliteStoreTest, AJobThatFailsWithoutRunningKeepsTheReason) {
  const JobId id = submit(spec("a.mp4"));
  store_->fail(id, JobFailed{ErrorKind::kDependency, "it needs another", "retry that"});
  reopen();
  EXPECT_EQ(only_job().state, JobState::kFailed);
  EXPECT_EQ(only_job().failure.kind, ErrorKind::kDependency);
  EXPECT_EQ(only_job().failure.message, "it needs another");
  EXPECT_EQ(only_job().crashes, 0);
}

TEST_F(SqliteStoreTest, CountsJobsByState) {
  submit_done(spec("a.mp4"));
  const JobId b = submit(spec("b.mp4"));
  submit(spec("c.mp4"));
  const auto count = [&](const std::vector<JobId>& jobs, JobState state) {
    return store_->counts(jobs)[static_cast<std::size_t>(state)];
  };
  EXPECT_EQ(count({}, JobState::kDone), 1);
  EXPECT_EQ(count({}, JobState::kWaiting), 2);
  EXPECT_EQ(count({b, 99}, JobState::kWaiting), 1);
  EXPECT_EQ(count({b, 99}, JobState::kDone), 0);
}

TEST_F(SqliteStoreTest, AJobThatNeedsAnotherKnowsIt) {
  const JobId first = submit(spec("a.mp4"));
  JobSpec second = spec("b.mp4");
  second.after = {spec("a.mp4").output};
  const JobId id = submit(second);
  EXPECT_EQ(store_->find(id)->needs, std::vector<JobId>{first});
  EXPECT_EQ(store_->dependents(first), std::vector<JobId>{id});
  second.after.clear();
  submit(second);
  EXPECT_TRUE(store_->dependents(first).empty()) << "it needs nothing any more";
  second.after = {"nobody.mp4"};
  second.output += ".other.mp4";
  EXPECT_THROW(submit(second), Error);
}

TEST_F(SqliteStoreTest, AJobMayNeedOneThatStandsBehindIt) {
  JobSpec first = spec("a.mp4");
  const JobSpec second = spec("b.mp4");
  first.after = {second.output};
  const std::vector<JobSpec> both = {first, second};
  const auto ids = store_->submit(both);
  EXPECT_EQ(store_->find(ids[0])->needs, std::vector<JobId>{ids[1]});
  EXPECT_EQ(store_->submit(both), ids);
}

TEST_F(SqliteStoreTest, RefusesACircleOfNeedsAndNamesIt) {
  const JobSpec f = spec("f.mp4");
  JobSpec p = spec("p.mp4"), q = spec("q.mp4");
  p.after = {f.output};
  q.after = {p.output};
  store_->submit(std::vector{f, p, q});
  const JobId known = submit(p);
  p.after = {f.output, q.output};
  try {
    submit(p);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), HasSubstr(p.output + " waits for " + q.output + " waits for " + p.output));
  }
  EXPECT_EQ(store_->find(known)->needs.size(), 1u) << "it is as it was";
  q.after = {q.output};
  EXPECT_THROW(submit(q), Error);
}

TEST_F(SqliteStoreTest, JobLeftRunningByACrashWaitsAgain) {
  const Attempt lost = store_->begin_attempt(submit(spec("a.mp4")), "cpu:0");
  reopen();
  EXPECT_EQ(only_job().state, JobState::kWaiting);
  store_->finish(lost.id, JobFinished{4, 1});
  EXPECT_EQ(only_job().state, JobState::kWaiting) << "a worker that outlived its owner finished something";
}

TEST_F(SqliteStoreTest, FencedOffAttemptChangesNothing) {
  const JobId id = submit(spec("a.mp4"));
  const Attempt old = store_->begin_attempt(id, "cpu:0");
  const Attempt current = store_->begin_attempt(id, "cpu:1");
  EXPECT_GT(current.id, old.id);
  store_->record(old.id, {Stage::kDecode, 1, 1}, 0);
  store_->finish(old.id, JobFinished{1, 1});
  store_->finish(old.id, JobFailed{ErrorKind::kIo, "late", ""}, JobState::kFailed);
  store_->finish(old.id, JobFailed{ErrorKind::kCancelled, "late", ""}, JobState::kWaiting);
  EXPECT_EQ(only_job().state, JobState::kRunning);
  EXPECT_TRUE(store_->stages(id).empty());
  store_->finish(current.id, JobFinished{7, 1});
  EXPECT_EQ(only_job().result.output_bytes, 7);
}

TEST_F(SqliteStoreTest, ChangingARunningJobFencesItsAttempt) {
  const Attempt attempt = store_->begin_attempt(submit(spec("a.mp4")), "cpu:0");
  submit(spec("a.mp4", "a green square"));
  store_->finish(attempt.id, JobFinished{4, 1});
  EXPECT_EQ(only_job().state, JobState::kWaiting);
}

TEST_F(SqliteStoreTest, RefusesTwoJobsWithOneOutputAndKeepsNeither) {
  const std::vector<JobSpec> specs = {spec("a.mp4"), spec("b.mp4"), spec("a.mp4", "another")};
  try {
    store_->submit(specs);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), HasSubstr("a.mp4"));
  }
  EXPECT_TRUE(store_->jobs().empty());
}

TEST_F(SqliteStoreTest, SubmitsAllOrNothing) {
  std::vector<JobSpec> specs = {spec("a.mp4"), spec("b.mp4", "not UTF-8: \xff")};
  EXPECT_THROW(store_->submit(specs), Error);
  EXPECT_TRUE(store_->jobs().empty());
}

TEST_F(SqliteStoreTest, RefusesToStartWhatIsOver) {
  const JobId id = submit_done(spec("a.mp4"));
  EXPECT_THROW(store_->begin_attempt(id, "cpu:0"), Error);
  EXPECT_THROW(store_->begin_attempt(id + 1, "cpu:0"), Error);
}

TEST_F(SqliteStoreTest, RefusesANewerSchema) {
  store_.reset();
  Database(file_.string()).execute("PRAGMA user_version = 99");
  try {
    reopen();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), HasSubstr("jobs.db was written by a newer clipmill (schema 99"));
  }
}

TEST_F(SqliteStoreTest, NamesAFileThatIsNoStore) {
  store_.reset();
  write_file(file_, std::string(4096, 'x'));
  try {
    reopen();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_THAT(error.what(), HasSubstr(file_.string()));
  }
}

TEST_F(SqliteStoreTest, NamesAFolderThatCannotBeMade) {
  write_file(scratch_.path() / "plain", "");
  EXPECT_THROW(SqliteStore(scratch_.path() / "plain" / "jobs.db"), Error);
}

TEST(SqliteStore, EmptyPathLivesInMemory) {
  SqliteStore store("");
  JobSpec spec;
  spec.output = "a.mp4";
  store.submit({&spec, 1});
  EXPECT_EQ(store.jobs().size(), 1u);
  EXPECT_FALSE(fs::exists(".lock"));
}

/// Whatever is asked for, the same as of the whole list.
TEST_F(SqliteStoreTest, APageIsAPartOfTheList) {
  for (int i = 0; i < 12; ++i) {
    const JobId id = submit(spec(fmt::format("{}.mp4", i)));
    if (i % 3 == 1) store_->set_state(id, JobState::kCancelled);
  }
  const auto ids = [](const std::vector<Job>& jobs) {
    std::vector<JobId> ids;
    for (const Job& job : jobs) ids.push_back(job.id);
    return ids;
  };
  for (const JobId after : {0, 1, 5, 12, 99}) {
    for (const std::size_t limit : {1u, 4u, 50u}) {
      for (const bool newest_first : {false, true}) {
        for (const std::optional<JobState> state :
             {std::optional<JobState>(), std::optional(JobState::kCancelled),
              std::optional(JobState::kDone)}) {
          const JobQuery page{.after = after, .limit = limit, .newest_first = newest_first, .state = state};
          EXPECT_EQ(ids(store_->page(page)), ids(store_->JobStore::page(page)))
              << after << " " << limit << " " << newest_first;
        }
      }
    }
  }
  EXPECT_EQ(ids(store_->page({.limit = 2, .newest_first = true})), (std::vector<JobId>{12, 11}));
}

}  // namespace
}  // namespace clipmill
