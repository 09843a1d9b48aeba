#include "fleet/devices.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "base/host_memory.h"
#include "fleet/nvidia_gpus.h"

namespace clipmill {
namespace {

std::string processor_name(const std::filesystem::path& cpuinfo) {
  std::ifstream file(cpuinfo);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "processor";  // ARM, for one, has no such line
}

}  // namespace

DeviceInfo cpu_device(const std::filesystem::path& root) {
  const unsigned cores = std::thread::hardware_concurrency();
  const HostMemory memory = host_memory(root);
  return {
      "cpu:0",
      fmt::format("{}, {} {}", processor_name(root / "proc/cpuinfo"), cores, cores == 1 ? "core" : "cores"),
      memory.total_bytes, memory.available_bytes};
}

std::vector<DeviceInfo> list_devices() {
  std::vector<DeviceInfo> devices = {cpu_device()};
  std::vector<DeviceInfo> gpus = nvidia_gpus();
  std::move(gpus.begin(), gpus.end(), std::back_inserter(devices));
  return devices;
}

}  // namespace clipmill
