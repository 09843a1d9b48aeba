#include "observe/account.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

class AccountTest : public testing::Test {
 protected:
  void tell(JobId job, EventPayload what) { account_.on_event({job, 1, "cpu:0", std::move(what)}); }
  const JobAccount& of(JobId job) const { return account_.jobs()[static_cast<std::size_t>(job - 1)]; }
  const StageAccount& denoise_of(JobId job) const {
    return of(job).stages[static_cast<std::size_t>(Stage::kDenoise)];
  }

  VirtualClock clock_;
  const std::vector<Job> jobs_ = {
      {.id = 1}, {.id = 2}, {.id = 3}, {.id = 4, .state = JobState::kDone, .result = {10, 1}}};
  Account account_{jobs_, clock_};
};

TEST_F(AccountTest, MeasuresAJob) {
  tell(1, JobStarted{});
  clock_.advance(2);
  tell(1, StageFinished{Stage::kDenoise, 1.5, 100});
  clock_.advance(1);
  tell(1, JobFinished{77, 2.5});
  EXPECT_EQ(of(1).job.state, JobState::kDone);
  EXPECT_EQ(of(1).job.result.output_bytes, 77);
  EXPECT_EQ(of(1).job.attempts, 1);
  EXPECT_EQ(of(1).wall_seconds, 3);
  EXPECT_EQ(of(1).device, "cpu:0");
  EXPECT_EQ(denoise_of(1).seconds, 1.5);
  EXPECT_EQ(denoise_of(1).peak_bytes, 100);
}

TEST_F(AccountTest, AnotherAttemptStartsAnew) {
  tell(1, JobStarted{});
  tell(1, StageFinished{Stage::kDenoise, 9, 900});
  tell(1, JobFailed{ErrorKind::kWorker, "died", ""});
  clock_.advance(5);
  tell(1, JobStarted{});
  clock_.advance(2);
  tell(1, StageFinished{Stage::kDenoise, 2, 100});
  tell(1, JobFinished{1, 2});
  EXPECT_EQ(of(1).wall_seconds, 2);
  EXPECT_EQ(denoise_of(1).seconds, 2);
  EXPECT_EQ(denoise_of(1).peak_bytes, 100);
  EXPECT_EQ(of(1).job.attempts, 2);
}

TEST_F(AccountTest, TotalsSumOverJobs) {
  for (const JobId job : {1, 2}) {
    tell(job, JobStarted{});
    tell(job, StageFinished{Stage::kDenoise, 1.0 * static_cast<double>(job), 100 * job});
  }
  tell(1, JobFinished{1, 1});
  tell(2, JobFailed{ErrorKind::kIo, "full", "free some"});
  clock_.advance(7);
  const Totals totals = account_.totals();
  EXPECT_EQ(totals.jobs, 4);
  EXPECT_EQ(totals.done, 1);
  EXPECT_EQ(totals.kept, 1);
  EXPECT_EQ(totals.failed, 1);
  EXPECT_EQ(totals.unfinished, 1);
  EXPECT_EQ(totals.wall_seconds, 7);
  const StageAccount& denoise = totals.stages[static_cast<std::size_t>(Stage::kDenoise)];
  EXPECT_EQ(denoise.count, 2);
  EXPECT_EQ(denoise.seconds, 3);
  EXPECT_EQ(denoise.peak_bytes, 200);
}

TEST_F(AccountTest, CancelledJobIsUnfinished) {
  tell(1, JobStarted{});
  tell(1, JobFailed{ErrorKind::kCancelled, "cancelled", ""});
  EXPECT_EQ(account_.totals().unfinished, 3);
  EXPECT_EQ(account_.totals().failed, 0);
}

TEST_F(AccountTest, KeptJobThatRunsIsNoLongerKept) {
  tell(4, JobStarted{});
  tell(4, JobFinished{11, 1});
  EXPECT_EQ(account_.totals().kept, 0);
  EXPECT_EQ(account_.totals().done, 1);
}

TEST_F(AccountTest, IgnoresJobsItDoesNotKnow) {
  tell(99, JobStarted{});
  tell(99, JobFinished{1, 1});
  EXPECT_EQ(account_.totals().done, 0);
}

}  // namespace
}  // namespace clipmill
