// Which devices tests of the engine run on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vram/device.h"

namespace clipmill::test {

/// Names: the CPU, the fake GPU, and a real one where torch finds one. The variable CLIPMILL_TEST_DEVICE
/// names a single one instead, which then must be there.
std::vector<std::string> test_devices();
/// Those of them that are no CPU.
std::vector<std::string> test_gpus();

/// As open_device(), and "fake_gpu".
std::unique_ptr<Device> open_test_device(const std::string& name);

/// "cuda:0" as part of a test's name.
std::string in_test_name(std::string device);

}  // namespace clipmill::test
