#include "vram/parked.h"

#include <gtest/gtest.h>

#include "vram/testing/test_devices.h"

namespace clipmill {
namespace {

class ParkedOnDevice : public testing::TestWithParam<std::string> {
 protected:
  at::Device device() const { return device_->torch_device(); }
  const std::unique_ptr<Device> device_ = test::open_test_device(GetParam());
};

TEST_P(ParkedOnDevice, GivesBackWhatItTookWithoutHoldingDeviceMemory) {
  const at::Tensor map = at::randn({1, 3, 2, 8, 5});
  const std::int64_t before = device_->memory().current;
  Parked parked;
  parked.store(map.to(device()));
  EXPECT_EQ(device_->memory().current, before);
  const at::Tensor loaded = parked.load(device());
  EXPECT_EQ(loaded.device(), device());
  EXPECT_GE(device_->memory().current, before + static_cast<std::int64_t>(map.nbytes()));
  EXPECT_TRUE(at::equal(loaded.cpu(), map));
}

TEST_P(ParkedOnDevice, TakesAndGivesRows) {
  const at::Tensor map = at::randn({2, 3, 2, 8, 5});
  Parked parked;
  for (const auto& [first, count] : {std::pair{0, 3}, {5, 3}, {3, 2}})
    parked.store_rows(map.narrow(3, first, count).to(device()), first, 8);
  EXPECT_EQ(parked.rows(), 8);
  EXPECT_TRUE(at::equal(parked.load_rows(2, 5, device()).cpu(), map.narrow(3, 2, 5)));
  parked.store(map.narrow(2, 0, 1));  // another size
  EXPECT_TRUE(at::equal(parked.load(at::kCPU), map.narrow(2, 0, 1)));
}

INSTANTIATE_TEST_SUITE_P(Devices, ParkedOnDevice, testing::ValuesIn(test::test_devices()),
                         [](const auto& info) { return test::in_test_name(info.param); });

}  // namespace
}  // namespace clipmill
