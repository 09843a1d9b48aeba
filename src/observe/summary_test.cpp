#include "observe/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace clipmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Clips "1.mp4"…; the second one fails, the others take 2 s.
Account run(const Clock& clock, VirtualClock& hand, int count) {
  std::vector<Job> jobs;
  for (int i = 1; i <= count; ++i) {
    Job job{.id = i};
    job.spec.output = fmt::format("out/{}.mp4", i);
    jobs.push_back(job);
  }
  Account account(jobs, clock);
  for (const Job& job : jobs) {
    const auto tell = [&](EventPayload what) { account.on_event({job.id, 1, "cpu:0", std::move(what)}); };
    tell(JobStarted{});
    hand.advance(2);
    tell(StageFinished{Stage::kDenoise, 1.5, 3 << 20});
    if (job.id == 2) {
      tell(JobFailed{ErrorKind::kIo, "disk full\nin detail", "free some space"});
    } else {
      tell(JobFinished{2048, 2});
    }
  }
  return account;
}

TEST(Summary, ShowsStagesClipsAndTotals) {
  VirtualClock clock;
  const std::string table = summary_table(run(clock, clock, 3));
  EXPECT_THAT(table, HasSubstr("stage          times      total       mean   peak memory\n"
                               "denoise            3     4.50 s     1.50 s       3.0 MiB\n"));
  EXPECT_THAT(table,
              AllOf(HasSubstr("done    1.mp4"), HasSubstr("failed  2.mp4"), HasSubstr("disk full\n"),
                    Not(HasSubstr("in detail")), HasSubstr("hint: free some space"), HasSubstr("2.0 KiB")));
  EXPECT_THAT(table, HasSubstr("2 of 3 clips done, 1 failed, in 6.00 s (3.00 s a clip)\n"));
}

TEST(Summary, ShowsOnlyFailuresOfALongRun) {
  VirtualClock clock;
  const std::string table = summary_table(run(clock, clock, 21));
  EXPECT_THAT(table, AllOf(HasSubstr("failed  2.mp4"), Not(HasSubstr("done    1.mp4"))));
}

TEST(Summary, OfNothingIsOneLine) {
  VirtualClock clock;
  EXPECT_EQ(summary_table(run(clock, clock, 0)), "0 of 0 clips done, in 0.00 s\n");
}

TEST(Summary, JsonHoldsWhatProgramsAskFor) {
  VirtualClock clock;
  const auto json = to_json(run(clock, clock, 3));
  EXPECT_EQ(json["totals"]["done"], 2);
  EXPECT_EQ(json["totals"]["failed"], 1);
  EXPECT_EQ(json["totals"]["wall_seconds"], 6.0);
  EXPECT_EQ(json["stages"][0]["stage"], "denoise");
  EXPECT_EQ(json["stages"][0]["peak_bytes"], 3 << 20);
  EXPECT_EQ(json["jobs"][0]["state"], "done");
  EXPECT_EQ(json["jobs"][0]["output_bytes"], 2048);
  EXPECT_EQ(json["jobs"][0]["spec"]["output"], "out/1.mp4");
  EXPECT_EQ(json["jobs"][1]["failure"]["kind"], "io");
  EXPECT_EQ(json["jobs"][1]["failure"]["message"], "disk full\nin detail");
  EXPECT_EQ(json["jobs"][1]["failure"]["hint"], "free some space");
}

}  // namespace
}  // namespace clipmill
