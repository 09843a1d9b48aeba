// NVIDIA GPUs as devices.
#pragma once

#include <string>
#include <vector>

#include "fleet/devices.h"

namespace clipmill {

/// Empty without a driver. A GPU that does not answer is listed with the reason and no memory.
std::vector<DeviceInfo> nvidia_gpus(const std::string& library = "libnvidia-ml.so.1");

}  // namespace clipmill
