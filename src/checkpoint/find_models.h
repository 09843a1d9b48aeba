// Model folders below a path.
#pragma once

#include <filesystem>
#include <vector>

namespace clipmill {

/// `path` itself, unless it only holds model folders: then those, sorted. Whether they are sound shows when
/// they are opened. Throws Error(kInput) if `path` does not exist.
std::vector<std::filesystem::path> find_models(const std::filesystem::path& path);

}  // namespace clipmill
