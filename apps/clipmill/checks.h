// What would go wrong after minutes of denoising is found out before anything runs.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "core/device_table.h"
#include "cost/limits.h"
#include "manifest/manifest.h"

namespace clipmill {

/// Models, picture sizes and filters, and every path that a job of `manifest` reads or writes; `report` may
/// be empty. Leaves nothing behind. Throws Error(kInput), most with everything that is wrong and its lines.
void check_batch(const Manifest& manifest, const std::filesystem::path& report);
/// The same, where what models can do is known already.
void check_batch(const Manifest& manifest, const std::filesystem::path& report,
                 const std::function<ModelLimits(const std::string&)>& limits);

/// Clips that fit on none of `devices` under any memory plan. Throws Error(kInput) with the bytes that each
/// needs, and its line.
void check_memory(const Manifest& manifest, std::span<const DeviceSpec> devices);

}  // namespace clipmill
