// Simulated devices as people write them.
#pragma once

#include <string>
#include <vector>

#include "core/device_table.h"

namespace clipmill {

/// "8", "4x48GB", "4x48GB@2": a number of devices, their memory where it is not `bytes`, and their speed
/// where it is not 1. Throws Error(kInput).
std::vector<DeviceSpec> parse_fleet(const std::vector<std::string>& groups, std::int64_t bytes, int lanes);

/// `count` devices like `kind`, named 0, 1, …
std::vector<DeviceSpec> copies_of(const DeviceSpec& kind, int count);

}  // namespace clipmill
