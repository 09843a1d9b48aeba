#include "simulate/fleet_spec.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace clipmill {
namespace {

TEST(FleetSpec, GroupsOfDevices) {
  const auto devices = parse_fleet({"2", "1x24GB", "2x80GiB@1.5"}, 48'000'000'000, 3);
  ASSERT_EQ(devices.size(), 5u);
  EXPECT_EQ(devices[1].bytes, 48'000'000'000);
  EXPECT_EQ(devices[2].bytes, 24'000'000'000);
  EXPECT_EQ(devices[4].bytes, std::int64_t{80} << 30);
  EXPECT_EQ(devices[4].speed, 1.5);
  EXPECT_EQ(devices[4].lanes, 3);
  EXPECT_NE(devices[3].name, devices[4].name);
}

TEST(FleetSpec, RefusesWhatIsNoFleet) {
  for (const char* text : {"", "0", "x", "4x", "4xlots", "4x48GB@", "4x48GB@0", "-1", "99999999"})
    EXPECT_THROW(parse_fleet({text}, 1, 1), Error) << text;
}

}  // namespace
}  // namespace clipmill
