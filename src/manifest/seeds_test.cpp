#include "manifest/seeds.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace clipmill {
namespace {

using Seeds = std::vector<std::int64_t>;
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

TEST(Seeds, RangesListsAndSingleOnes) {
  EXPECT_EQ(parse_seeds("1..4"), (Seeds{1, 2, 3, 4}));
  EXPECT_EQ(parse_seeds("7..7"), (Seeds{7}));
  EXPECT_EQ(parse_seeds("3, 1,2"), (Seeds{3, 1, 2}));
  EXPECT_EQ(parse_seeds(" 5 "), (Seeds{5}));
}

TEST(Seeds, RefusesWhatIsNeither) {
  for (const char* text : {"", "x", "1..", "..2", "1..x", "1,,2", "1,", "-1", "-3..2", "4..1", "1..10001",
                           "0..9223372036854775807", "1...3", "1 2", "99999999999999999999"}) {
    EXPECT_THROW(parse_seeds(text), Error) << text;
  }
  EXPECT_EQ(parse_seeds("1..10000").size(), 10'000u);
  EXPECT_THROW(checked_seeds({}), Error);
  EXPECT_THROW(checked_seeds({1, -1}), Error);
  EXPECT_THROW(checked_seeds(Seeds(10'001, 1)), Error);
}

TEST(Seeds, ConsecutiveOnesEndWhereSeedsEnd) {
  EXPECT_EQ(consecutive_seeds(7, 3), (Seeds{7, 8, 9}));
  EXPECT_EQ(consecutive_seeds(kLargest, 1), (Seeds{kLargest}));
  EXPECT_EQ(consecutive_seeds(kLargest - 1, 2), (Seeds{kLargest - 1, kLargest}));
  EXPECT_THROW(consecutive_seeds(kLargest, 2), Error);
  EXPECT_THROW(consecutive_seeds(1, 0), Error);
  EXPECT_THROW(consecutive_seeds(1, 10'001), Error);
}

}  // namespace
}  // namespace clipmill
