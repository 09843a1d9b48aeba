#include "serve/byte_range.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace clipmill {
namespace {

std::string of(std::string_view header, std::uint64_t size) {
  const auto [asked, range] = byte_range(header, size);
  if (!asked) return "whole";
  return range ? std::to_string(range->first) + "+" + std::to_string(range->count) : "none";
}

TEST(ByteRange, ReadsTheThreeForms) {
  EXPECT_EQ(of("bytes=0-499", 1000), "0+500");
  EXPECT_EQ(of("bytes=500-", 1000), "500+500");
  EXPECT_EQ(of("bytes=-300", 1000), "700+300");
  EXPECT_EQ(of("bytes=990-2000", 1000), "990+10");
  EXPECT_EQ(of("bytes=-3000", 1000), "0+1000");
}

TEST(ByteRange, SaysWhereNothingIsThere) {
  EXPECT_EQ(of("bytes=1000-", 1000), "none");
  EXPECT_EQ(of("bytes=-0", 1000), "none");
  EXPECT_EQ(of("bytes=0-", 0), "none");
}

TEST(ByteRange, TakesNoHeedOfWhatItDoesNotRead) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=5-3", "bytes=0-1,4-5", "lines=0-1",
                             "bytes=x-5", "bytes=99999999999999999999-"})
    EXPECT_EQ(of(header, 1000), "whole") << header;
}

RC_GTEST_PROP(ByteRangeProperty, LiesInTheFile, (const std::string& text, std::uint32_t size)) {
  const auto answer = byte_range("bytes=" + text, size);
  if (answer.range) RC_ASSERT(answer.range->count > 0 && answer.range->first + answer.range->count <= size);
}

}  // namespace
}  // namespace clipmill
