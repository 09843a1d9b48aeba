#include "simulate/outages.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace clipmill {
namespace {

TEST(Outages, AreReadAsPeopleWriteThem) {
  const Outage passing = parse_outage("3@2h+30m", 8);
  EXPECT_EQ(passing.device, 3);
  EXPECT_EQ(passing.from, 7'200);
  EXPECT_EQ(passing.until, 9'000);
  EXPECT_EQ(parse_outage("0@90", 1).until, kNever);
  for (const char* text : {"", "3", "3@", "@2h", "8@2h", "3@2h+", "3@2h+0s", "x@2h"})
    EXPECT_THROW(parse_outage(text, 8), Error) << text;
}

TEST(Outages, PlannedOnesComeInTheirOrder) {
  Outages outages(
      {.planned = {{.device = 1, .from = 50, .until = 60}, {.device = 1, .from = 5, .until = 10}}}, 2);
  EXPECT_EQ(outages.next(0, 0).from, kNever);
  EXPECT_EQ(outages.next(1, 0).from, 5);
  EXPECT_EQ(outages.next(1, 10).from, 50);
  EXPECT_EQ(outages.next(1, 60).from, kNever);
}

TEST(Outages, DrawnOnesHaveTheirMeanAndRepeatThemselves) {
  const OutageOptions options{.mean_between = 100, .repair = 7, .seed = 9};
  Outages one(options, 2), same(options, 2);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Outage outage = one.next(1, 0);
    ASSERT_EQ(outage.from, same.next(1, 0).from);
    ASSERT_EQ(outage.until, outage.from + 7);
    sum += outage.from;
  }
  EXPECT_NEAR(sum / 10'000, 100, 3);
  EXPECT_NE(one.next(0, 0).from, one.next(1, 0).from);
}

}  // namespace
}  // namespace clipmill
