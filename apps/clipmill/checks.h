// What would go wrong after minutes of denoising is found out before anything runs.
#pragma once

#include <filesystem>

#include "manifest/manifest.h"

namespace clipmill {

/// Models, picture sizes and filters, and every path that a job of `manifest` reads or writes; `report` may
/// be empty. Leaves nothing behind. Throws Error(kInput), most with everything that is wrong and its lines.
void check_batch(const Manifest& manifest, const std::filesystem::path& report);

}  // namespace clipmill
