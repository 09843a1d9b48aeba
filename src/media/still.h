// Single pictures: PNG, JPEG, scaling.
#pragma once

#include <filesystem>

#include "media/fit.h"
#include "media/frame.h"

namespace clipmill {

/// The whole file or none. Throws Error(kIo) naming the path.
void write_png(const std::filesystem::path& path, const Frame& frame);
/// `quality` from 1 (smallest) to 100 (best). The whole file or none. Throws Error(kIo) naming the path.
void write_jpeg(const std::filesystem::path& path, const Frame& frame, int quality = 85);

/// Stretched to exactly `width` × `height` pixels (Lanczos).
Frame scaled(const Frame& frame, int width, int height);
/// The whole picture inside `width` × `height`, centred, with black bars where the aspect ratio differs.
Frame fitted(const Frame& frame, int width, int height);
/// Copies `picture` into `canvas` with its upper left corner at (x, y); it has to fit.
void paste(Frame& canvas, const Frame& picture, int x, int y);

}  // namespace clipmill
