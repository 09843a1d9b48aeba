// What can compute here: the processor, and the NVIDIA GPUs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace clipmill {

struct DeviceInfo {
  std::string name;         ///< "cpu:0", "cuda:1": as --device takes it
  std::string description;  ///< "AMD EPYC 7763, 8 cores"
  std::int64_t total_bytes = 0;
  std::int64_t free_bytes = 0;
};

/// cpu:0, then the GPUs. Never throws for hardware's sake: what cannot be read is absent or 0.
std::vector<DeviceInfo> list_devices();

/// The processor, with the memory that the system and our control group allow. `root` holds proc and sys.
DeviceInfo cpu_device(const std::filesystem::path& root = "/");

}  // namespace clipmill
