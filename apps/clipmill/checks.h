// What would go wrong after minutes of denoising is found out before anything runs.
#pragma once

#include <filesystem>
#include <span>

#include "clipmill/check_cache.h"
#include "core/device_table.h"
#include "manifest/manifest.h"

namespace clipmill {

/// Models, picture sizes and filters, and every path that a job of `manifest` reads or writes; `report` may
/// be empty. Leaves nothing behind. Throws Error(kInput), most with everything that is wrong and its lines.
void check_batch(const Manifest& manifest, const std::filesystem::path& report);
/// The same, with what was found out before.
void check_batch(const Manifest& manifest, const std::filesystem::path& report, CheckCache& cache);

/// Clips that fit on none of `devices` under any memory plan. Throws Error(kInput) with the bytes that each
/// needs, and its line.
void check_memory(const Manifest& manifest, std::span<const DeviceSpec> devices);

}  // namespace clipmill
