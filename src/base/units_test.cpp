#include "base/units.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

TEST(Bytes, GrowWithTheirUnits) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1.0 KiB");
  EXPECT_EQ(format_bytes(1024 * 1024 - 1), "1.0 MiB");
  EXPECT_EQ(format_bytes(std::int64_t{22} << 30), "22.0 GiB");
  EXPECT_EQ(format_bytes(std::int64_t{5000} << 40), "5000.0 TiB");
}

TEST(Seconds, ReadAsClocksDo) {
  EXPECT_EQ(format_seconds(0), "0.00 s");
  EXPECT_EQ(format_seconds(0.421), "0.42 s");
  EXPECT_EQ(format_seconds(9.996), "10.0 s");
  EXPECT_EQ(format_seconds(13.66), "13.7 s");
  EXPECT_EQ(format_seconds(99.96), "1:40");
  EXPECT_EQ(format_seconds(125), "2:05");
  EXPECT_EQ(format_seconds(3599.7), "1:00:00");
  EXPECT_EQ(format_seconds(3729), "1:02:09");
}

}  // namespace
}  // namespace clipmill
