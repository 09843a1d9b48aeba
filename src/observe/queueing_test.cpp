#include "observe/queueing.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

TEST(Queueing, OfOneDeviceTheShareIsItsLoad) {
  for (const double load : {0.1, 0.5, 0.9}) EXPECT_NEAR(expected_waiting_share(1, load), load, 1e-12);
}

TEST(Queueing, OfTwoDevicesItIsTheLoadSquared) {
  for (const double load : {0.1, 0.5, 0.9}) EXPECT_NEAR(expected_waiting_share(2, load), load * load, 1e-12);
}

TEST(Queueing, ATenthAllowsLittleLoadOnFewDevices) {
  EXPECT_NEAR(most_load(1, 0.1), 0.10, 0.005);
  EXPECT_NEAR(most_load(2, 0.1), 0.32, 0.005);
  EXPECT_NEAR(most_load(4, 0.1), 0.53, 0.005);
  EXPECT_NEAR(most_load(8, 0.1), 0.70, 0.005);
}

TEST(Queueing, NamesTheDevicesThatWouldDo) {
  EXPECT_EQ(devices_needed(0.09, 0.1), 1);
  EXPECT_EQ(devices_needed(0.6, 0.1), 2);
  EXPECT_EQ(devices_needed(5.5, 0.1), 8);
}

TEST(Queueing, NothingWaitsWithoutLoadAndEverythingAtFullLoad) {
  EXPECT_EQ(expected_waiting_share(4, 0), 0);
  EXPECT_EQ(expected_waiting_share(4, 1), 1);
}

}  // namespace
}  // namespace clipmill
