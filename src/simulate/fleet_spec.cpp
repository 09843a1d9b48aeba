#include "simulate/fleet_spec.h"

#include <fmt/format.h>

#include <regex>

#include "base/error.h"
#include "base/units.h"

namespace clipmill {
namespace {

constexpr int kMostDevices = 1'000'000;

struct DeviceGroup {
  int count = 0;
  DeviceSpec spec;
};

DeviceGroup parse_group(const std::string& text, std::int64_t bytes, int lanes) {
  static const std::regex kGroup("([0-9]{1,7})(x([^@]+))?(@([0-9]+(\\.[0-9]+)?))?");
  std::smatch match;
  if (!std::regex_match(text, match, kGroup))
    throw input_error("devices are a number, or as 4x48GB, or with a speed as 4x48GB@2, not \"{}\"", text);
  DeviceGroup group{std::stoi(match[1]), {.bytes = bytes, .lanes = lanes}};
  if (match[3].matched) group.spec.bytes = parse_bytes(match[3].str());
  if (match[5].matched) group.spec.speed = std::stod(match[5]);
  if (group.count < 1 || group.count > kMostDevices || group.spec.speed <= 0)
    throw input_error("devices \"{}\": from 1 to {} of a speed above 0", text, kMostDevices);
  return group;
}

}  // namespace

std::vector<DeviceSpec> parse_fleet(const std::vector<std::string>& groups, std::int64_t bytes, int lanes) {
  std::vector<DeviceSpec> devices;
  for (const std::string& text : groups) {
    const DeviceGroup group = parse_group(text, bytes, lanes);
    for (int i = 0; i < group.count; ++i) {
      devices.push_back(group.spec);
      devices.back().name = fmt::format("{}", devices.size() - 1);
    }
  }
  return devices;
}

std::vector<DeviceSpec> copies_of(const DeviceSpec& kind, int count) {
  std::vector<DeviceSpec> devices(static_cast<std::size_t>(count), kind);
  for (std::size_t i = 0; i < devices.size(); ++i) devices[i].name = fmt::format("{}", i);
  return devices;
}

}  // namespace clipmill
