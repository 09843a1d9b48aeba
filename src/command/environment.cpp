#include "command/environment.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace clipmill {
namespace {

std::string variable_name(std::string_view placeholder) {
  std::string name = "CLIPMILL_" + std::string(placeholder);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

/// "cuda:1" as "1"; no GPU for anything else.
std::string visible_devices(const std::string& device) {
  constexpr std::string_view kCuda = "cuda:";
  return device.starts_with(kCuda) ? device.substr(kCuda.size()) : "";
}

void set(Environment& environment, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals != assignment.npos)
    environment[std::string(assignment.substr(0, equals))] = assignment.substr(equals + 1);
}

}  // namespace

Environment own_environment() {
  Environment environment;
  for (char** each = ::environ; *each; ++each) set(environment, *each);
  return environment;
}

Environment command_environment(Environment inherited, const JobSpec& job, const CommandPlace& place) {
  inherited["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID";
  inherited["CUDA_VISIBLE_DEVICES"] = visible_devices(place.device);
  inherited["PYTHONUNBUFFERED"] = "1";  // so that progress is seen when it is made
  for (const auto& [name, value] : command_values(job, place)) inherited[variable_name(name)] = value;
  for (const std::string& variable : job.command.variables)
    set(inherited, fill_command_text(variable, job, place));
  return inherited;
}

void add_tracemalloc(Environment& environment, const std::string& folder, int lines,
                     const std::string& report) {
  std::string& path = environment["PYTHONPATH"];
  path = path.empty() ? folder : folder + ":" + path;
  environment["CLIPMILL_TRACEMALLOC"] = std::to_string(lines);
  environment["CLIPMILL_TRACEMALLOC_REPORT"] = report;
}

}  // namespace clipmill
