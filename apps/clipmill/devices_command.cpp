// clipmill devices: who holds memory of the devices, and for which job.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/process_info.h"
#include "base/units.h"
#include "clipmill/command.h"
#include "clipmill/json_output.h"
#include "fleet/devices.h"
#include "fleet/holders.h"

namespace clipmill {
namespace {

constexpr const char* kDevicesAbout =
    "The devices of this machine and which processes hold their memory. What belongs to no running job is "
    "marked with *:\n"
    "a worker between two jobs (clipmill pause gives its memory back), one whose main program is gone (kill "
    "it), or\n"
    "another program.\n"
    "\n"
    "On cpu:N only workers are listed, with what they hold in memory that is no file's. A worker's name (ps, "
    "top, nvidia-smi)\n"
    "is its job.";

constexpr std::string_view kMark = "*";

/// Of every device, in their order.
std::vector<Holder> all_holders(const std::vector<DeviceInfo>& devices) {
  const std::vector<ProcessInfo> processes = list_processes();
  std::vector<Holder> holders = holders_of_cpus(processes);
  const Nvml nvml;
  for (unsigned gpu = 0; gpu + 1 < devices.size(); ++gpu) {  // behind the processor
    const auto on_it = nvml.processes(gpu);
    if (!on_it) continue;
    const auto here = holders_of_gpu(devices[gpu + 1].name, *on_it, processes);
    holders.insert(holders.end(), here.begin(), here.end());
  }
  return holders;
}

void print_text(const std::vector<DeviceInfo>& devices, const std::vector<Holder>& holders) {
  for (const DeviceInfo& device : devices)
    fmt::print("{:<8}{}: {} of {} free\n", device.name, device.description, format_bytes(device.free_bytes),
               format_bytes(device.total_bytes));
  if (holders.empty()) {
    fmt::print("no worker runs here, and no process is known to hold memory of a GPU\n");
    return;
  }
  fmt::print("\n  {:<8}{:>9}{:>12}  {:<14}{}\n", "device", "process", "holds", "", "what");
  for (const Holder& holder : holders)
    fmt::print("{:<2}{:<8}{:>9}{:>12}  {:<14}{}\n", holder.belongs_to_a_job() ? "" : kMark, holder.device,
               holder.pid, format_bytes(holder.bytes), to_string(holder.kind), holder.what);
}

void print_json(const std::vector<DeviceInfo>& devices, const std::vector<Holder>& holders) {
  nlohmann::json all = {{"devices", nlohmann::json::array()}, {"holders", nlohmann::json::array()}};
  for (const DeviceInfo& device : devices)
    all["devices"].push_back({{"name", device.name},
                              {"description", device.description},
                              {"total_bytes", device.total_bytes},
                              {"free_bytes", device.free_bytes}});
  for (const Holder& holder : holders)
    all["holders"].push_back({{"device", holder.device},
                              {"pid", holder.pid},
                              {"bytes", holder.bytes},
                              {"state", to_string(holder.kind)},
                              {"what", holder.what},
                              {"belongs_to_a_job", holder.belongs_to_a_job()}});
  print_indented(all);
}

int run(bool json) {
  const std::vector<DeviceInfo> devices = list_devices();
  const std::vector<Holder> holders = all_holders(devices);
  json ? print_json(devices, holders) : print_text(devices, holders);
  return kAllDone;
}

}  // namespace

void add_devices_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("devices", kDevicesAbout);
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "as JSON");
  command->callback([json, &exit_code] { exit_code = run(*json); });
}

}  // namespace clipmill
