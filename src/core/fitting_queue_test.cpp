#include "core/fitting_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

namespace clipmill {
namespace {

using Model = std::map<QueuePlace, std::int64_t>;

std::optional<QueuePlace> first_fitting(const Model& model, std::int64_t bytes,
                                        const std::optional<QueuePlace>& after) {
  const auto begin = after ? model.upper_bound(*after) : model.begin();
  const auto found =
      std::find_if(begin, model.end(), [&](const auto& entry) { return entry.second <= bytes; });
  return found == model.end() ? std::nullopt : std::optional(found->first);
}

RC_GTEST_PROP(FittingQueue, AnswersAsASortedListDoes, ()) {
  FittingQueue queue;
  Model model;
  const int steps = *rc::gen::inRange(0, 300);
  for (int i = 0; i < steps; ++i) {
    const QueuePlace place{static_cast<double>(*rc::gen::inRange(0, 8)), *rc::gen::inRange(0, 40)};
    const std::int64_t bytes = *rc::gen::inRange(1, 20);
    if (*rc::gen::inRange(0, 3) > 0 && !model.contains(place)) {
      queue.insert(place, bytes);
      model.emplace(place, bytes);
    } else {
      RC_ASSERT(queue.erase(place) == (model.erase(place) > 0));
    }
    RC_ASSERT(queue.size() == model.size());
    RC_ASSERT(queue.empty() == model.empty());
    if (!model.empty()) RC_ASSERT(queue.front() == model.begin()->first);
    RC_ASSERT(queue.first_fitting(bytes) == first_fitting(model, bytes, {}));
    RC_ASSERT(queue.first_fitting(bytes, place) == first_fitting(model, bytes, place));
  }
}

TEST(FittingQueue, TakesWhatIsSortedAlreadyWithoutGrowingDeep) {
  FittingQueue queue;
  for (JobId id = 0; id < 200'000; ++id) queue.insert({static_cast<double>(id), id}, 100 + id % 7);
  EXPECT_EQ(queue.first_fitting(99), std::nullopt);
  EXPECT_EQ(queue.first_fitting(100)->id, 0);
  EXPECT_EQ(queue.first_fitting(100, QueuePlace{0, 0})->id, 7);
  for (JobId id = 0; id < 200'000; ++id) ASSERT_TRUE(queue.erase({static_cast<double>(id), id}));
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace clipmill
