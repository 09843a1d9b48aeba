#include "core/room.h"

#include <algorithm>

#include "base/error.h"
#include "base/units.h"

namespace clipmill {

void check_room(std::span<const JobSpec> jobs, std::span<const DeviceSpec> devices) {
  std::int64_t largest = 0;
  for (const DeviceSpec& device : devices) largest = std::max(largest, device.lanes > 0 ? device.bytes : 0);
  for (const JobSpec& job : jobs) {
    if (job.command.memory_bytes <= largest) continue;
    throw Error(ErrorKind::kInput,
                fmt::format("{} asks for {} of memory, and the largest device has {}", job.output,
                            format_bytes(job.command.memory_bytes), format_bytes(largest)),
                "ask for less, or give a larger device");
  }
}

}  // namespace clipmill
