#include "base/resident_set.h"

#include <gtest/gtest.h>

#include <vector>

namespace clipmill {
namespace {

constexpr std::int64_t kLarge = 64 << 20;

TEST(ResidentSet, SeesWhatTheProcessTouches) {
  const ResidentSet before = resident_set();
  const std::vector<char> touched(kLarge, 1);
  const ResidentSet after = resident_set();
  EXPECT_GT(before.now, 0);
  EXPECT_GE(after.now - before.now, kLarge * 9 / 10);
  EXPECT_GE(after.peak, after.now);
}

TEST(ResidentSet, ThePeakCountsAnew) {
  { const std::vector<char> gone(kLarge, 1); }
  const ResidentSet before = resident_set();
  restart_resident_peak();
  if (resident_set().peak == before.peak) GTEST_SKIP() << "this kernel does not count anew";
  EXPECT_LT(resident_set().peak - resident_set().now, kLarge / 2);
}

TEST(ResidentSet, AFileThatIsNotThereIsZeros) { EXPECT_EQ(resident_set("/nowhere").now, 0); }

}  // namespace
}  // namespace clipmill
