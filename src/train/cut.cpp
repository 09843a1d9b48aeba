#include "train/cut.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "media/still.h"

namespace clipmill {
namespace {

/// The fraction of index · (golden ratio − 1), 0 … 1: exact for any 64-bit index.
double spread(std::int64_t index) {
  return static_cast<double>((static_cast<std::uint64_t>(index) * 0x9E3779B97F4A7C15u) >> 11) * 0x1p-53;
}

/// The part of a picture's side that shows, when the other side fills the box.
int visible(int side, int other, int box_side, int box_other) {
  const double shown = static_cast<double>(other) * box_side / box_other;
  return std::clamp(static_cast<int>(std::lround(shown)), 1, side);
}

Frame middle(const Frame& frame, int width, int height) {
  Frame part(width, height);
  const int x = (frame.width - width) / 2, y = (frame.height - height) / 2;
  for (int line = 0; line < height; ++line) {
    std::memcpy(part.row(line), frame.row(y + line) + static_cast<std::size_t>(x) * 3,
                static_cast<std::size_t>(width) * 3);
  }
  return part;
}

}  // namespace

std::vector<std::int64_t> chosen_frames(std::int64_t available, int wanted, std::int64_t index) {
  std::vector<std::int64_t> frames(static_cast<std::size_t>(wanted));
  const auto starts = available - wanted + 1;
  for (int i = 0; i < wanted; ++i) {
    frames[static_cast<std::size_t>(i)] =
        starts > 0 ? static_cast<std::int64_t>(spread(index) * static_cast<double>(starts)) + i
                   : std::llround(static_cast<double>(i) * static_cast<double>(available - 1) / (wanted - 1));
  }
  return frames;
}

Frame covering(const Frame& frame, int width, int height) {
  const int shown_width = visible(frame.width, frame.height, width, height);
  const int shown_height = visible(frame.height, frame.width, height, width);
  return scaled(middle(frame, shown_width, shown_height), width, height);
}

}  // namespace clipmill
