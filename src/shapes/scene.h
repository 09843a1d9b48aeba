// A clip of the small world as geometry, and its pixels.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "shapes/subject.h"
#include "shapes/uniform.h"

namespace clipmill::shapes {

using Rgb = std::array<double, 3>;  ///< 0..255

Rgb rgb(Colour colour);
Rgb rgb(Background background);

/// One moving object: centre and "radius" r (its area is π r²) are linear in t = 0..1, in pixels.
struct Track {
  Shape shape = Shape::kCircle;
  Rgb colour{};
  std::array<double, 2> from{}, to{};  ///< centroid (x, y)
  double radius_from = 10, radius_to = 10;
};

struct Scene {
  Rgb background{};
  std::vector<Track> tracks;  ///< later ones over earlier ones
};

/// A clip of `subject`, its placement drawn from `rng`; lengths scale with the shorter side (native: 64).
Scene random_scene(const Subject& subject, int width, int height, Rng& rng);
/// One to three shapes of any colour on any colour, in any motion: what a VAE learns colours from.
Scene free_scene(int width, int height, Rng& rng);

/// Draws the frame at time t (0..1) anti-aliased: coverage = clamp(0.5 − signed distance in px, 0, 1).
/// `frame`: height·width·3 bytes, row-major RGB. Throws Error(kInternal) when it is of another size.
void draw(const Scene& scene, double t, int width, int height, std::span<std::uint8_t> frame);

/// All frames of a clip, t = 0 … 1 evenly (a single one: t = 0): [frames, height, width, 3].
std::vector<std::uint8_t> draw_clip(const Scene& scene, int width, int height, int frames);

}  // namespace clipmill::shapes
