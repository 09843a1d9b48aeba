#include "simulate/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulate/held.h"

namespace clipmill {
namespace {

using testing::ElementsAre;

TEST(Timeline, MeanLevelsOfEqualParts) {
  EXPECT_THAT(mean_levels({{5, -1}, {0, 2}}, 0, 8, 4), ElementsAre(2, 2, 1.5, 1));
  EXPECT_THAT(mean_levels({{-3, 1}, {1, 1}}, 0, 4, 2), ElementsAre(1.5, 2));
  EXPECT_THAT(mean_levels({{0, 1}}, 3, 3, 2), ElementsAre(0, 0));
}

TEST(Timeline, BusySpansAreJoinedWhereTheyTouch) {
  const auto spans = busy_spans({{0, 1, 5, 9}, {1, 0, 0, 4}, {2, 0, 2, 6}, {3, 0, 6, 7}, {4, 0, 8, 9}});
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[0].until, 7);
  EXPECT_EQ(busy_seconds({{0, 1, 5, 9}, {1, 0, 0, 4}, {2, 0, 2, 6}}), 10);
}

TEST(Timeline, WhoWaitsAndWhatIsBusy) {
  const Workload workload{{{.submitted = 0, .seconds = 4, .expected = 4, .bytes = 5},
                           {.submitted = 0, .seconds = 4, .expected = 4, .bytes = 10}},
                          {""}};
  const SimulationOptions options{.devices = {{.name = "a", .bytes = 10}}, .scheduler = {}, .fleet = {}};
  const Timeline line = timeline(workload, simulate(workload, kFifo, options), options.devices, 2);
  EXPECT_EQ(line.until, 8);
  EXPECT_THAT(line.waiting, ElementsAre(1, 0));
  EXPECT_THAT(line.busy_devices, ElementsAre(1, 1));
  EXPECT_THAT(line.memory, ElementsAre(0.5, 1));
}

}  // namespace
}  // namespace clipmill
