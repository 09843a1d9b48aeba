// A picture in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace clipmill {

/// RGB, 8 bits a channel, row-major without padding: rgb.size() == width * height * 3. Cheap to move.
struct Frame {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;

  Frame() = default;
  Frame(int width, int height, std::vector<std::uint8_t> rgb)
      : width(width), height(height), rgb(std::move(rgb)) {}
  /// All black.
  Frame(int width, int height)
      : width(width), height(height), rgb(static_cast<std::size_t>(width) * height * 3) {}

  std::uint8_t* row(int y) { return rgb.data() + static_cast<std::size_t>(y) * width * 3; }
  const std::uint8_t* row(int y) const { return rgb.data() + static_cast<std::size_t>(y) * width * 3; }
};

}  // namespace clipmill
