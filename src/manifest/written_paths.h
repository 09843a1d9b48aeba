// No two clips may write the same file.
#pragma once

#include <vector>

#include "manifest/manifest.h"

namespace clipmill {

/// A problem for each path that more than one job writes, or one job twice, naming both lines.
void find_shared_paths(const Manifest& manifest, std::vector<Diagnostic>& problems);

}  // namespace clipmill
