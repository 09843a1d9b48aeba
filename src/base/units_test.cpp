#include "base/units.h"

#include <gtest/gtest.h>

#include "base/error.h"

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

TEST(Bytes, AreReadAsPeopleWriteThem) {
  EXPECT_EQ(parse_bytes("2 GiB"), std::int64_t{2} << 30);
  EXPECT_EQ(parse_bytes("1.5GiB"), std::int64_t{3} << 29);
  EXPECT_EQ(parse_bytes("800 MB"), 800'000'000);
  EXPECT_EQ(parse_bytes("64k"), 65536);
  EXPECT_EQ(parse_bytes("4096"), 4096);
  EXPECT_EQ(parse_bytes("512 b"), 512);
  for (const char* wrong :
       {"", "GiB", "-1 GiB", "2 gigs", "2 GiBB", "0", "0.1 B", "nan", "inf", "1e30", "2 GiB x"})
    EXPECT_THROW(parse_bytes(wrong), Error) << wrong;
}

TEST(Bytes, ReadBackWhatTheyShow) {
  for (const std::int64_t bytes :
       {std::int64_t{1}, std::int64_t{1023}, std::int64_t{1} << 20, std::int64_t{22} << 30})
    EXPECT_EQ(parse_bytes(format_bytes(bytes)), bytes);
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
