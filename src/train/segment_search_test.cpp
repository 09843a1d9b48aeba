#include "train/segment_search.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "train/budget_scope.h"
#include "train/test_training.h"

namespace clipmill {
namespace {

TrainRecipe deep_recipe() {
  TrainRecipe recipe = test::tiny_training_recipe();
  recipe.transformer.num_layers = 6;
  recipe.transformer.ffn_dim = 128;
  return recipe;
}

struct Searched {
  SegmentChoice choice;
  Parameters::Named state;  ///< after three steps in so many segments
};

Searched searched(std::int64_t room) {
  test::Training training(deep_recipe());
  const auto device = open_device("cpu");
  const TrialSteps trials = training.transformer->trials();
  trials.run(trials.shapes.front(), 1);
  const std::int64_t budget = room > 0 ? device->memory().current + room : 0;
  const BudgetScope cap(*device, budget);
  Searched result{search_segments(*device, *training.transformer, trials.shapes.front(), 16, budget), {}};
  for (int step = 0; step < 3; ++step) training.transformer->step(step);
  result.state = test::copied(training.transformer->state());
  return result;
}

/// Peaks of all numbers, in bytes above what is held.
std::int64_t peak_without() {
  test::Training training(deep_recipe());
  const auto device = open_device("cpu");
  const TrialSteps trials = training.transformer->trials();
  trials.run(trials.shapes.front(), 16);
  const std::int64_t held = device->memory().current;
  device->reset_peak();
  trials.run(trials.shapes.front(), 16);
  return device->memory().peak - held;
}

TEST(SegmentSearch, NoneWhereTheMemoryAllowsItAndMoreWhereItDoesNot) {
  const std::int64_t whole = peak_without();
  const Searched plenty = searched(2 * whole), little = searched(whole * 7 / 10), endless = searched(0);
  EXPECT_EQ(plenty.choice.segments, 1);
  EXPECT_TRUE(plenty.choice.fits);
  EXPECT_GT(little.choice.segments, 1);
  EXPECT_TRUE(little.choice.fits) << to_text(little.choice);
  EXPECT_GT(endless.choice.segments, 1) << "the lowest peak of all";
}

TEST(SegmentSearch, ChangesNoBitOfTheTraining) {
  test::Training plain(deep_recipe());
  for (int step = 0; step < 3; ++step) plain.transformer->step(step);
  const Searched little = searched(peak_without() * 7 / 10);
  EXPECT_TRUE(test::equal(little.state, plain.transformer->state()));
}

TEST(SegmentSearch, ToldToPeopleAndPrograms) {
  const SegmentChoice choice{2, true, {{1, std::nullopt}, {2, 3 << 20}, {3, 2 << 20}}};
  EXPECT_EQ(to_text(choice), "2 segments: peak 3.0 MiB (1: out of memory, 3: 2.0 MiB)");
  EXPECT_EQ(to_json(choice)["segments"], 2);
  EXPECT_TRUE(to_json(choice)["measured"][0]["peak_bytes"].is_null());
}

}  // namespace
}  // namespace clipmill
