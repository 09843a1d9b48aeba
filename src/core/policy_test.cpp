#include "core/policy.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace clipmill {
namespace {

Job waiting(JobId id, int priority) {
  Job job;
  job.id = id;
  job.spec.priority = priority;
  return job;
}

TEST(Fifo, NothingWaitsNothingStarts) { EXPECT_EQ(pick_fifo({}), std::nullopt); }

TEST(Fifo, PriorityFirstThenTheOldest) {
  const std::vector<Job> jobs = {waiting(4, 0), waiting(3, 1), waiting(2, 1), waiting(1, -1)};
  EXPECT_EQ(pick_fifo(jobs), 2u);
}

RC_GTEST_PROP(Fifo, TakesAllInTheSameOrderHoweverTheyLie, (std::vector<int> priorities)) {
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < priorities.size(); ++i)
    jobs.push_back(waiting(static_cast<JobId>(i), priorities[i] % 3));
  std::vector<Job> expected = jobs;
  std::ranges::stable_sort(expected,
                           [](const Job& a, const Job& b) { return a.spec.priority > b.spec.priority; });
  for (std::size_t i = jobs.size(); i > 1; --i)
    std::swap(jobs[i - 1], jobs[*rc::gen::inRange<std::size_t>(0, i)]);
  for (const Job& next : expected) {
    const std::size_t picked = pick_fifo(jobs).value();
    RC_ASSERT(jobs[picked].id == next.id);
    jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(picked));
  }
}

}  // namespace
}  // namespace clipmill
