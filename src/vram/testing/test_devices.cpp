#include "vram/testing/test_devices.h"

#include <ATen/Context.h>

#include <algorithm>
#include <cstdlib>

#include "vram/testing/fake_gpu.h"

namespace clipmill::test {

std::vector<std::string> test_devices() {
  if (const char* only = std::getenv("CLIPMILL_TEST_DEVICE")) return {only};
  return {"cpu:0", at::hasCUDA() ? "cuda:0" : "fake_gpu"};
}

std::vector<std::string> test_gpus() {
  std::vector<std::string> gpus = test_devices();
  std::erase_if(gpus, [](const std::string& name) { return name.starts_with("cpu"); });
  return gpus;
}

std::unique_ptr<Device> open_test_device(const std::string& name) {
  if (name == "fake_gpu") return std::make_unique<FakeGpu>();
  return open_device(name);
}

std::string in_test_name(std::string device) {
  std::ranges::replace(device, ':', '_');
  return device;
}

}  // namespace clipmill::test
