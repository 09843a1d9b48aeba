// A clip taken apart into a background colour, a foreground colour, and how much of the foreground each pixel
// shows.
#pragma once

#include <vector>

#include "shapes/clip_view.h"
#include "shapes/scene.h"

namespace clipmill::shapes {

struct Matte {
  Rgb background{}, foreground{};
  /// 0..1 for each pixel, [frames, height, width]; empty when nothing stands out from the background.
  std::vector<float> coverage;
};

/// Background: the median of the border's pixels. Foreground: the median of the pixels farther from it than
/// 0.8 × the 99.5 % quantile of all distances. Coverage: the pixel projected on the way from background to
/// foreground, clipped to 0..1, and 0 below 0.2. `clip` has at least one pixel.
Matte take_apart(const ClipView& clip);

}  // namespace clipmill::shapes
