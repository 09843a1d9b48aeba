#include "simulate/duration.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace clipmill {
namespace {

TEST(Duration, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_duration("90"), 90);
  EXPECT_EQ(parse_duration("8h"), 8 * 3'600);
  EXPECT_EQ(parse_duration("1h30m"), 5'400);
  EXPECT_EQ(parse_duration("0.5d"), 43'200);
}

TEST(Duration, RefusesTheRest) {
  for (const char* text : {"", "h", "-1s", "8 hours", "1h-2", "nan", "1e3", "9999999999999"})
    EXPECT_THROW(parse_duration(text), Error) << text;
}

}  // namespace
}  // namespace clipmill
