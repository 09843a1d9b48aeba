#include "store/history_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "store/sqlite_store.h"
#include "store/testing/scratch_folder.h"

namespace clipmill {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

class HistoryTableTest : public testing::Test {
 protected:
  void open() {
    store_.emplace(file_, [this] { return now_; });
  }
  JobId submit(const std::string& name) {
    JobSpec spec;
    spec.output = (scratch_.path() / name).string();
    return store_->submit({&spec, 1}).at(0);
  }
  /// As the daemon tells it.
  History history(double since) const {
    History past = store_->past(since);
    add_open(past, store_->open());
    return past;
  }
  /// Of the device's waits, "why from-to".
  static std::vector<std::string> told(const History& history, const std::string& device) {
    std::vector<std::string> texts;
    for (const WaitSpan& wait : history.waits) {
      if (wait.device == device)
        texts.push_back(fmt::format("{} {}-{}", to_string(wait.why), wait.start, wait.end));
    }
    return texts;
  }

  ScratchFolder scratch_;
  const std::filesystem::path file_ = scratch_.path() / "jobs.db";
  double now_ = 100;
  std::optional<SqliteStore> store_{std::in_place, file_, [this] { return now_; }};
};

TEST_F(HistoryTableTest, AStageHasItsDeviceStartAndEnd) {
  const Attempt attempt = store_->begin_attempt(submit("a.mp4"), "cpu:0");
  store_->begin_stage(attempt.id, Stage::kDecode, "cpu:1", now_);
  now_ = 107;
  store_->record(attempt.id, {Stage::kDecode, 5, 42}, now_);
  const StageSpan span = history(0).stages.at(0);
  EXPECT_EQ(span.job, attempt.job);
  EXPECT_EQ(span.device, "cpu:1");
  EXPECT_EQ(span.start, 100);
  EXPECT_EQ(span.end, 107);
  EXPECT_EQ(span.seconds, 5);
  EXPECT_EQ(span.peak_bytes, 42);
  EXPECT_EQ(span.outcome, "done");
}

TEST_F(HistoryTableTest, WhatRunsNowHasNoEndAndIsNotYetInTheFile) {
  const Attempt attempt = store_->begin_attempt(submit("a.mp4"), "cpu:0");
  store_->begin_stage(attempt.id, Stage::kDenoise, "cpu:0", now_);
  now_ = 103;
  const StageSpan span = history(0).stages.at(0);
  EXPECT_EQ(span.end, 0);
  EXPECT_EQ(span.seconds, 3);
  EXPECT_EQ(span.job, attempt.job);
  EXPECT_THAT(read_history(file_, 0, now_).stages, IsEmpty());
}

TEST_F(HistoryTableTest, TimeOfStagesThatDidNotEndWellIsKept) {
  const Attempt attempt = store_->begin_attempt(submit("a.mp4"), "cpu:0");
  store_->begin_stage(attempt.id, Stage::kDecode, "cpu:0", now_);
  now_ = 102;
  store_->begin_stage(attempt.id, Stage::kDecode, "cpu:0", now_);
  now_ = 105;
  store_->finish(attempt.id, JobFailed{ErrorKind::kIo, "full", ""}, JobState::kFailed);
  const auto stages = history(0).stages;
  EXPECT_THAT(stages, ElementsAre(Field(&StageSpan::outcome, "repeated"), Field(&StageSpan::outcome, "io")));
  EXPECT_EQ(stages.at(1).start, 102);
  EXPECT_EQ(stages.at(1).end, 105);
  EXPECT_THAT(store_->stages(attempt.job), IsEmpty()) << "nothing is learned from them";
}

TEST_F(HistoryTableTest, AFencedAttemptsStagesEndWithIt) {
  const JobId job = submit("a.mp4");
  const Attempt old = store_->begin_attempt(job, "cpu:0");
  store_->begin_stage(old.id, Stage::kDenoise, "cpu:0", now_);
  store_->begin_attempt(job, "cpu:0");
  now_ = 101;
  store_->finish(old.id, JobFinished{1, 1});
  EXPECT_THAT(history(0).stages, ElementsAre(Field(&StageSpan::end, 101)));
}

TEST_F(HistoryTableTest, WaitsEndWhereTheDevicesNextBegins) {
  store_->note_wait("cpu:0", Wait::kWork);
  store_->note_wait("cpu:1", Wait::kNothing);
  now_ = 104;
  store_->note_wait("cpu:0", Wait::kWork);
  store_->note_wait("cpu:0", Wait::kMemory);
  EXPECT_THAT(told(history(0), "cpu:0"), ElementsAre("work 100-104", "memory 104-0"));
  store_->close_history();
  EXPECT_THAT(told(read_history(file_, 103, now_), "cpu:0"),
              ElementsAre("work 100-104", "memory 104-104", "off 104-0"));
  EXPECT_THAT(told(read_history(file_, 103, now_), "cpu:1"), ElementsAre("nothing 100-104", "off 104-0"));
}

TEST_F(HistoryTableTest, AfterACrashTheTimeThatNobodySawIsOff) {
  store_->note_wait("cpu:0", Wait::kWork);
  const Attempt attempt = store_->begin_attempt(submit("a.mp4"), "cpu:0");
  now_ = 103;
  store_->record(attempt.id, {Stage::kDenoise, 2, 0}, now_);
  store_->begin_stage(attempt.id, Stage::kDecode, "cpu:0", now_);
  store_.reset();
  now_ = 110;
  open();
  store_->note_wait("cpu:0", Wait::kWork);
  const History history = this->history(0);
  EXPECT_THAT(told(history, "cpu:0"), ElementsAre("work 100-103", "off 103-110", "work 110-0"));
  EXPECT_THAT(history.attempts, ElementsAre(Field(&AttemptSpan::outcome, "interrupted")));
}

TEST_F(HistoryTableTest, WhoReadsAfterACrashSeesWhereItEnded) {
  store_->note_wait("cpu:0", Wait::kWork);
  const Attempt attempt = store_->begin_attempt(submit("a.mp4"), "cpu:0");
  now_ = 103;
  store_->record(attempt.id, {Stage::kDenoise, 2, 0}, now_);
  EXPECT_EQ(read_history(file_, 0, 110).attempts.at(0).end, 0) << "its owner is there";
  store_.reset();
  const History history = read_history(file_, 0, 110);
  EXPECT_EQ(history.attempts.at(0).end, 103);
  EXPECT_THAT(told(history, "cpu:0"), ElementsAre("work 100-103", "off 103-0"));
}

TEST_F(HistoryTableTest, OnlyWhatReachesIntoTheTimeIsRead) {
  const Attempt early = store_->begin_attempt(submit("a.mp4"), "cpu:0");
  store_->record(early.id, {Stage::kDenoise, 2, 0}, now_);
  store_->finish(early.id, JobFinished{1, 1});
  now_ = 200;
  const Attempt late = store_->begin_attempt(submit("b.mp4"), "cpu:0");
  store_->record(late.id, {Stage::kDenoise, 2, 0}, now_);
  const History history = this->history(150);
  EXPECT_THAT(history.stages, ElementsAre(Field(&StageSpan::attempt, late.id)));
  EXPECT_THAT(history.jobs, ElementsAre(Field(&PastJob::id, late.job)));
}

TEST_F(HistoryTableTest, BudgetsAreRemembered) {
  store_->remember_budget("cpu:0", 1000);
  store_->remember_budget("cpu:0", 2000);
  EXPECT_THAT(read_history(file_, 0, now_).budgets, ElementsAre(Field(&DeviceBudget::bytes, 2000)));
}

TEST_F(HistoryTableTest, AForgottenJobIsRememberedForWhatItTookNotForWhatItShowed) {
  JobSpec spec;
  spec.output = "a-secret.mp4", spec.clip.prompt = "a secret", spec.clip.width = 96;
  const JobId job = store_->submit(std::vector{spec}).front();
  const Attempt attempt = store_->begin_attempt(job, "cpu:0");
  store_->record(attempt.id, {Stage::kDenoise, 2, 0}, now_);
  store_->finish(attempt.id, JobFinished{1, 1});
  store_->forget(job);
  EXPECT_FALSE(store_->find(job));
  const History history = read_history(file_, 0, now_);
  EXPECT_THAT(history.stages, ElementsAre(Field(&StageSpan::attempt, attempt.id)));
  ASSERT_EQ(history.jobs.size(), 1U);
  EXPECT_EQ(history.jobs[0].spec.clip.width, 96);
  EXPECT_EQ(history.jobs[0].spec.clip.prompt, "");
  EXPECT_EQ(history.jobs[0].spec.output, fmt::format("job-{}.mp4", job));
  store_->forget_history_before(now_ + 1);
  EXPECT_TRUE(read_history(file_, 0, now_).attempts.empty());
  EXPECT_NE(store_->begin_attempt(submit("b.mp4"), "cpu:0").id, attempt.id) << "fencing tokens are used once";
}

TEST_F(HistoryTableTest, WaitsThatEndedLongAgoAreForgotten) {
  for (const Wait why : {Wait::kWork, Wait::kMemory, Wait::kNothing})
    store_->note_wait("cpu:0", why), now_ += 10;
  store_->close_history();
  store_->forget_history_before(115);
  EXPECT_THAT(told(history(0), "cpu:0"), ElementsAre("memory 110-120", "nothing 120-130", "off 130-0"));
}

TEST_F(HistoryTableTest, AnOlderStoreSaysWhatToDo) {
  const auto old = scratch_.path() / "old.db";
  Database(old.string()).execute("CREATE TABLE stages (attempt INTEGER, stage TEXT, seconds REAL)");
  EXPECT_THAT([&] { read_history(old, 0, 0); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("older clipmill")));
}

TEST_F(HistoryTableTest, AFileThatIsNotThereIsNamed) {
  EXPECT_THROW(read_history(scratch_.path() / "none.db", 0, 0), Error);
}

}  // namespace
}  // namespace clipmill
