// Which subject a clip shows, measured from its pixels without a network (the method is fixed, so that
// results can be compared).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "shapes/subject.h"

namespace clipmill::shapes {

/// What was recognised; empty where nothing is close enough.
struct Verdict {
  std::optional<Shape> shape;
  std::optional<Colour> colour;
  std::optional<Motion> motion;
  std::optional<Background> background;
};

/// `pixels`: [frames, height, width, 3]. Colours by medians (matte.h); the motion from the first and last two
/// frames, in lengths of the native size, so none is found in a single frame; the shape by drawing each one
/// again. A blank clip has a background at most. Throws Error(kInternal) when the sizes do not fit the bytes.
Verdict classify(std::span<const std::uint8_t> pixels, int frames, int height, int width);

/// Right and wrong by attribute.
struct Match {
  bool shape = false, colour = false, motion = false, background = false;
  bool all() const { return shape && colour && motion && background; }
};
Match match(const Verdict& verdict, const Subject& subject);

}  // namespace clipmill::shapes
