#include "base/local_time.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace clipmill {
namespace {

TEST(LocalTime, ComesBackAsItWasWritten) {
  EXPECT_EQ(format_local_time(parse_local_time("2026-12-04 18:00:30")), "2026-12-04 18:00:30");
  EXPECT_EQ(format_local_time(parse_local_time("2026-12-04T18:00")), "2026-12-04 18:00:00");
  EXPECT_EQ(format_local_time(parse_local_time("2026-02-28")), "2026-02-28 00:00:00");
  EXPECT_EQ(parse_local_time("2026-12-04 18:01") - parse_local_time("2026-12-04 18:00"), 60);
}

TEST(LocalTime, RefusesWhatIsNoMoment) {
  for (const char* text : {"", "Friday", "2026-13-01", "2026-12-04 18:00 or so", "18:00"})
    EXPECT_THROW(parse_local_time(text), Error) << text;
}

}  // namespace
}  // namespace clipmill
