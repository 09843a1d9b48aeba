#include "simulate/pipeline.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

namespace clipmill {
namespace {

StageSeconds arbitrary_stages(int count) {
  StageSeconds stages;
  for (int i = 0; i < count; ++i) stages.push_back(*rc::gen::inRange(0, 50));  // whole: sums are exact
  return stages;
}

std::vector<StageSeconds> arbitrary_jobs() {
  const int stages = *rc::gen::inRange(1, 7), jobs = *rc::gen::inRange(1, 20);
  std::vector<StageSeconds> all;
  for (int i = 0; i < jobs; ++i) all.push_back(arbitrary_stages(stages));
  return all;
}

RC_GTEST_PROP(Pipeline, EqualJobsTakeTheFillAndThenTheSlowestStage, ()) {
  const StageSeconds job = arbitrary_stages(*rc::gen::inRange(1, 7));
  const int jobs = *rc::gen::inRange(1, 40), buffer = *rc::gen::inRange(0, 4);
  const std::vector<StageSeconds> all(static_cast<std::size_t>(jobs), job);
  const double fill = std::accumulate(job.begin(), job.end(), 0.0);
  RC_ASSERT(pipeline_seconds(all, buffer) == fill + (jobs - 1) * *std::ranges::max_element(job));
}

RC_GTEST_PROP(Pipeline, MoreRoomNeverHurtsAndNoOverlapIsWorst, ()) {
  const std::vector<StageSeconds> jobs = arbitrary_jobs();
  double before = sequential_seconds(jobs);
  for (int buffer = 0; buffer < 5; ++buffer) {
    const double with = pipeline_seconds(jobs, buffer);
    RC_ASSERT(with <= before);
    before = with;
  }
}

RC_GTEST_PROP(Pipeline, NoStageAndNoJobIsFasterThanItself, ()) {
  const std::vector<StageSeconds> jobs = arbitrary_jobs();
  const double total = pipeline_seconds(jobs, 2);
  for (const StageSeconds& job : jobs) RC_ASSERT(total >= std::accumulate(job.begin(), job.end(), 0.0));
  for (std::size_t s = 0; s < jobs.front().size(); ++s) {
    double busy = 0;
    for (const StageSeconds& job : jobs) busy += job[s];
    RC_ASSERT(total >= busy);
  }
}

TEST(Pipeline, BackPressureIsFelt) {
  // The first stage is done with the third job at 3, but with one place between it must keep it until 11.
  const std::vector<StageSeconds> jobs = {{1, 10}, {1, 10}, {1, 10}, {30, 1}};
  EXPECT_EQ(pipeline_seconds(jobs, 5), 34);
  EXPECT_EQ(pipeline_seconds(jobs, 1), 42);
  EXPECT_EQ(pipeline_seconds({}, 1), 0);
}

}  // namespace
}  // namespace clipmill
