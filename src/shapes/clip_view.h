// A clip's bytes with their sizes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace clipmill::shapes {

/// [frames, height, width, 3] bytes, row-major RGB.
struct ClipView {
  std::span<const std::uint8_t> pixels;
  int frames = 0, height = 0, width = 0;

  std::size_t frame_pixels() const { return static_cast<std::size_t>(height) * width; }
  std::size_t pixel_count() const { return frame_pixels() * frames; }
  /// The three bytes of a pixel, counted through the clip.
  const std::uint8_t* pixel(std::size_t index) const { return pixels.data() + 3 * index; }
};

}  // namespace clipmill::shapes
