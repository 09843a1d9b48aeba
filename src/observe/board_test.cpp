#include "observe/board.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

class BoardTest : public testing::Test {
 protected:
  static std::vector<Job> four_jobs() {
    std::vector<Job> jobs;
    for (const JobId id : {1, 2, 3, 4}) {
      jobs.push_back({.id = id});
      jobs.back().spec.output = fmt::format("out/{}.mp4", id);
    }
    return jobs;
  }
  void at(double now, JobId job, EventPayload what, const std::string& device = "cpu:0") {
    board_.on_event({job, job, device, std::move(what)}, now);
  }

  Board board_{four_jobs()};
};

TEST_F(BoardTest, KnowsNothingAtTheStart) {
  at(0, 1, JobStarted{});
  EXPECT_EQ(board_.devices(5).at(0).clip, "1.mp4");
  EXPECT_FALSE(board_.devices(5).at(0).stage);
  EXPECT_FALSE(board_.devices(5).at(0).seconds_left);
  EXPECT_FALSE(board_.overall(5).seconds_left);
}

TEST_F(BoardTest, PaceOfTheStageTellsWhatIsLeft) {
  at(0, 1, JobStarted{});
  at(10, 1, StageStarted{Stage::kDenoise});
  at(14, 1, StageProgress{Stage::kDenoise, 2, 10});
  EXPECT_EQ(board_.devices(14).at(0).seconds_left, 16);
  EXPECT_EQ(board_.devices(14).at(0).done, 2);
  EXPECT_EQ(board_.devices(14).at(0).total, 10);
  // Three more such jobs, of 14 + 16 seconds each.
  EXPECT_EQ(board_.overall(14).seconds_left, 16 + 3 * 30);
}

TEST_F(BoardTest, FinishedJobsTellWhatTheOthersTake) {
  at(0, 1, JobStarted{});
  at(20, 1, JobFinished{1, 1});
  EXPECT_EQ(board_.overall(20).done, 1);
  EXPECT_EQ(board_.overall(20).seconds_left, 3 * 20);
  at(20, 2, JobStarted{});
  EXPECT_EQ(board_.devices(25).at(0).seconds_left, 15);
  EXPECT_EQ(board_.overall(25).seconds_left, 15 + 2 * 20);
  EXPECT_LE(board_.devices(50).at(0).seconds_left, 0) << "later than the mean";
}

TEST_F(BoardTest, DevicesShareTheWork) {
  at(0, 1, JobStarted{}, "cuda:0");
  at(0, 2, JobStarted{}, "cuda:1");
  at(10, 1, JobFinished{1, 1}, "cuda:0");
  at(10, 3, JobStarted{}, "cuda:0");
  // 0 left of job 2, 10 of job 3, 10 of job 4; two devices.
  EXPECT_EQ(board_.overall(10).seconds_left, 10);
}

TEST_F(BoardTest, OverlappingStagesShowTheLastOne) {
  at(0, 1, JobStarted{});
  at(1, 1, StageStarted{Stage::kDecode});
  at(1, 1, StageStarted{Stage::kEncodeVideo});
  at(2, 1, StageProgress{Stage::kEncodeVideo, 3, 17});
  at(2, 1, StageProgress{Stage::kDecode, 9, 17});
  EXPECT_EQ(board_.devices(2).at(0).stage, Stage::kEncodeVideo);
  EXPECT_EQ(board_.devices(2).at(0).done, 3);
}

TEST_F(BoardTest, LoadingIsShownBeforeEveryStageThatNeedsIt) {
  const auto shown = [&](Stage stage) {
    at(1, 1, StageStarted{stage});
    return board_.devices(1).at(0).stage;
  };
  at(0, 1, JobStarted{});
  for (const Stage stage :
       {Stage::kLoad, Stage::kEncodeText, Stage::kLoad, Stage::kDenoise, Stage::kLoad, Stage::kDecode}) {
    EXPECT_EQ(shown(stage), stage);
  }
}

TEST_F(BoardTest, TrainingShowsItsLossUntilItsStageEnds) {
  at(0, 1, JobStarted{});
  at(1, 1, StageProgress{Stage::kTrainTransformer, 1, 10});
  at(1, 1, TrainingStep{Stage::kTrainTransformer, 1, 0.25, 1e-3, 1});
  EXPECT_EQ(board_.devices(1).at(0).loss, 0.25);
  at(2, 1, StageStarted{Stage::kEvaluate});
  EXPECT_FALSE(board_.devices(2).at(0).loss);
  at(3, 1, StageProgress{Stage::kTrainTransformer, 2, 10});
  EXPECT_EQ(board_.devices(3).at(0).stage, Stage::kTrainTransformer) << "goes on after a measurement";
}

TEST_F(BoardTest, StepsOfAnEarlierRunSayNothingAboutThePace) {
  at(0, 1, JobStarted{});
  at(10, 1, StageStarted{Stage::kTrainVae});
  at(20, 1, StageProgress{Stage::kTrainVae, 500, 1000});
  EXPECT_FALSE(board_.devices(20).at(0).seconds_left);
  at(30, 1, StageProgress{Stage::kTrainVae, 505, 1000});
  EXPECT_EQ(board_.devices(30).at(0).seconds_left, 990);
}

TEST_F(BoardTest, ATrainingRunIsCalledByItsFolder) {
  Job job{.id = 1};
  job.spec.kind = JobKind::kTrain;
  job.spec.output = "/models/mine/training.json";
  EXPECT_EQ(Board(std::vector{job}).clip(1), "mine");
}

TEST_F(BoardTest, CountsFailedAndForgetsStopped) {
  at(0, 1, JobStarted{});
  at(1, 1, JobFailed{ErrorKind::kIo, "", ""});
  at(1, 2, JobStarted{});
  at(2, 2, JobFailed{ErrorKind::kCancelled, "", ""});
  EXPECT_EQ(board_.overall(2).failed, 1);
  EXPECT_EQ(board_.overall(2).done, 0);
  EXPECT_TRUE(board_.devices(2).empty());
}

TEST_F(BoardTest, DoesNotCountWhatWasDoneBefore) {
  auto jobs = four_jobs();
  jobs[0].state = JobState::kDone;
  EXPECT_EQ(Board(jobs).overall(0).total, 3);
}

TEST_F(BoardTest, IgnoresEventsOfJobsThatDoNotRun) {
  at(0, 3, StageProgress{Stage::kDenoise, 1, 2});
  at(0, 3, JobFinished{1, 1});
  EXPECT_EQ(board_.overall(0).done, 0);
}

}  // namespace
}  // namespace clipmill
