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

namespace {

/// What would make a job that needs `floor` bytes need less, and how little.
std::string remedies(const JobSpec& job, std::int64_t floor, const FloorOf& floor_of) {
  std::string text = "a smaller size or fewer frames need less";
  const auto add = [&](const char* what, auto change) {
    JobSpec other = job;
    change(other);
    if (const std::int64_t less = floor_of(other); less < floor)
      text += fmt::format(", {} needs {}", what, format_bytes(less));
  };
  add("precision = \"bf16\"", [](JobSpec& other) { other.clip.precision = Precision::kBf16; });
  add("approximate = \"int8\"", [](JobSpec& other) { other.approximate = true; });
  return text;
}

}  // namespace

std::string lacks_room(const JobSpec& job, const FloorOf& floor_of, const DeviceSpec& largest) {
  if (job.command.memory_bytes > largest.bytes)
    return fmt::format(
        "asks for {} of memory, and the largest device has {}: ask for less, or give a larger device",
        format_bytes(job.command.memory_bytes), format_bytes(largest.bytes));
  const std::int64_t floor = floor_of(job);
  if (floor <= largest.bytes) return "";
  return fmt::format(
      "needs {} of device memory under the smallest memory plan ({} bytes), and no device has more than {}; "
      "{}",
      format_bytes(floor), floor, format_bytes(largest.bytes), remedies(job, floor, floor_of));
}

void check_room(std::span<const JobSpec> jobs, std::span<const DeviceSpec> devices, Estimates& estimates) {
  const DeviceSpec* largest = largest_device(devices);
  if (!largest) return;
  for (const JobSpec& job : jobs) {
    const std::string lack = lacks_room(
        job, [&](const JobSpec& other) { return estimates.floor(other, *largest); }, *largest);
    if (!lack.empty()) throw input_error("{} {}", job.output, lack);
  }
}

}  // namespace clipmill
