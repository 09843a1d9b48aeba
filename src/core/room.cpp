#include "core/room.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/units.h"

namespace clipmill {

const DeviceSpec* largest_device(std::span<const DeviceSpec> devices) {
  const DeviceSpec* largest = nullptr;
  for (const DeviceSpec& device : devices) {
    if (device.lanes > 0 && device.bytes > 0 && (!largest || device.bytes > largest->bytes))
      largest = &device;
  }
  return largest;
}

std::string lacks_room(const JobSpec& job, std::int64_t floor, const DeviceSpec& largest) {
  if (job.command.memory_bytes > largest.bytes)
    return fmt::format(
        "asks for {} of memory, and the largest device has {}: ask for less, or give a larger device",
        format_bytes(job.command.memory_bytes), format_bytes(largest.bytes));
  if (floor > largest.bytes)
    return fmt::format(
        "needs {} of device memory under the smallest memory plan, and no device has more than {}; a smaller "
        "size, fewer frames or precision = \"bf16\" need less{}",
        format_bytes(floor), format_bytes(largest.bytes),
        job.approximate ? "" : ", approximate = \"int8\" perhaps, too");
  return "";
}

void check_room(std::span<const JobSpec> jobs, std::span<const DeviceSpec> devices, Estimates& estimates) {
  const DeviceSpec* largest = largest_device(devices);
  if (!largest) return;
  for (const JobSpec& job : jobs) {
    const std::string lack = lacks_room(job, estimates.floor(job, *largest), *largest);
    if (!lack.empty()) throw input_error("{} {}", job.output, lack);
  }
}

}  // namespace clipmill
