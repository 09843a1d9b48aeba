// The devices that a run was given: how they are named, what a scheduler knows of them, and which programs
// serve them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "clipmill/job_run.h"
#include "core/device_table.h"
#include "fleet/local_runner.h"

namespace clipmill {

/// "cpu" as "cpu:0", "cuda:1=decode" as it is; each device once, one of them at least with main lanes. Throws
/// Error(kInput).
std::vector<std::string> checked_devices(const std::vector<std::string>& devices);

/// Their names, without roles.
std::vector<std::string> names_of(std::span<const DeviceSpec> devices);

/// What the scheduler knows of `options.devices` (as checked_devices() has them). Bytes: --vram, or what a
/// GPU has, or the devices' equal shares of the machine's memory, less a margin. Clips are decoded beside
/// others on GPUs, and on processors whose cores were divided.
std::vector<DeviceSpec> device_specs(const RunOptions& options);

/// The programs that serve them.
WorkerCommands worker_commands(const RunOptions& options);

}  // namespace clipmill
