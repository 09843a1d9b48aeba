#include "store/sqlite_lists.h"

#include <gtest/gtest.h>

#include <thread>

#include "store/sqlite_store.h"
#include "store/testing/scratch_folder.h"

namespace clipmill {
namespace {

JobSpec clip(int number) {
  JobSpec spec;
  spec.output = fmt::format("/clips/{}.mp4", number);
  return spec;
}

TEST(SqliteLists, TellWhatTheStoreTells) {
  const ScratchFolder scratch;
  SqliteStore store(scratch.path() / "jobs.db");
  const SqliteLists lists(scratch.path() / "jobs.db");
  const JobId job = store.submit(std::vector{clip(1), clip(2)}).front();
  const Attempt attempt = store.begin_attempt(job, "cpu:0");
  store.record(attempt.id, {Stage::kDenoise, 2, 7}, 100);
  store.finish(attempt.id, JobFinished{1, 1});
  ASSERT_EQ(lists.page({.limit = 10}).size(), 2U);
  EXPECT_EQ(lists.page({.limit = 10, .state = JobState::kDone}).at(0).id, job);
  EXPECT_EQ(lists.attempts(job).at(0).outcome, "done");
  EXPECT_EQ(lists.stage_history(job).at(0).peak_bytes, 7);
}

TEST(SqliteLists, ReadWhileTheOwnerWrites) {
  constexpr int kJobs = 50;
  const ScratchFolder scratch;
  SqliteStore store(scratch.path() / "jobs.db");
  const SqliteLists lists(scratch.path() / "jobs.db");
  std::jthread owner([&] {
    for (int i = 0; i < kJobs; ++i) store.submit(std::vector{clip(i)});
  });
  std::size_t seen = 0;
  while (seen < kJobs) {
    const std::vector<Job> jobs = lists.page({.limit = 1'000});
    ASSERT_GE(jobs.size(), seen) << "what was committed stays";
    seen = jobs.size();
    for (std::size_t i = 0; i < seen; ++i) ASSERT_EQ(jobs[i].id, static_cast<JobId>(i + 1));
  }
}

}  // namespace
}  // namespace clipmill
