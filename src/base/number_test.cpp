#include "base/number.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace clipmill {
namespace {

TEST(NumberIn, IsAllOfTheText) {
  EXPECT_EQ(number_in<int>("-12"), -12);
  EXPECT_EQ(number_in<double>("2.5e1"), 25);
  for (const char* text : {"", " 1", "1 ", "1x", "+1", "0x1", "1.0"})
    EXPECT_FALSE(number_in<int>(text)) << text;
}

TEST(NumberIn, IsOfThatType) {
  EXPECT_FALSE(number_in<std::uint8_t>("256"));
  EXPECT_FALSE(number_in<unsigned>("-1"));
  EXPECT_FALSE(number_in<std::int64_t>("9223372036854775808"));
}

}  // namespace
}  // namespace clipmill
