// Many clips on one picture: a row of stills each.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <vector>

namespace clipmill {

/// `clips`: uint8 [T,H,W,3], all of one shape; `marked`: those get a red frame (wrong ones, say), empty for
/// none. Two clips side by side in a row, five stills each. Written as PNG, whole or not at all. Throws
/// Error(kIo).
void write_clip_sheet(const std::filesystem::path& file, const std::vector<at::Tensor>& clips,
                      const std::vector<bool>& marked);

}  // namespace clipmill
