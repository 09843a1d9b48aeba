// The one rule for pictures of another aspect ratio: the whole picture stays, centred, with bars around it.
#pragma once

#include <algorithm>
#include <cmath>

namespace clipmill {

struct Size {
  int width = 0, height = 0;
  bool operator==(const Size&) const = default;
};

/// The largest size of `picture`'s aspect ratio inside `box`, at least 1×1; it touches two of the box's
/// sides.
inline Size fit_inside(Size picture, Size box) {
  const double scale = std::min(static_cast<double>(box.width) / picture.width,
                                static_cast<double>(box.height) / picture.height);
  const auto side = [&](int length, int limit) {
    return std::clamp(static_cast<int>(std::lround(length * scale)), 1, limit);
  };
  return {side(picture.width, box.width), side(picture.height, box.height)};
}

}  // namespace clipmill
