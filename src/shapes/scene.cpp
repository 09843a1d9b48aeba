#include "shapes/scene.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "shapes/outline.h"

namespace clipmill::shapes {
namespace {

constexpr std::array<Rgb, 6> kColourRgb = {
    {{220, 30, 30}, {30, 180, 50}, {40, 70, 230}, {240, 220, 30}, {160, 40, 200}, {40, 210, 220}}};
constexpr std::array<Rgb, 3> kBackgroundRgb = {{{8, 8, 8}, {245, 245, 245}, {120, 120, 120}}};

/// Least Euclidean distance (of 0..255) of a free scene's colours from its background.
constexpr double kLeastContrast = 48;

/// How many pixels one unit of the native 64×64 picture takes.
double scale_of(int width, int height) { return std::min(width, height) / 64.0; }

struct Placement {
  std::array<double, 2> from{}, to{};  ///< from the middle of the picture, in native pixels
  double radius_from = 0, radius_to = 0;
};

Placement straight(bool horizontal, double sign, Rng& rng) {
  const double way = uniform(rng, 20, 28), along = uniform(rng, -2, 2), across = uniform(rng, -9, 9);
  const double radius = uniform(rng, 8.5, 11.5);
  const double start = along - sign * way / 2, end = along + sign * way / 2;
  if (horizontal) return {{start, across}, {end, across}, radius, radius};
  return {{across, start}, {across, end}, radius, radius};
}

Placement breathing(bool grows, Rng& rng) {
  const double small = uniform(rng, 6, 8), large = uniform(rng, 14, 17);
  const double x = uniform(rng, -6, 6), y = uniform(rng, -6, 6);
  return {{x, y}, {x, y}, grows ? small : large, grows ? large : small};
}

Placement place(Motion motion, Rng& rng) {
  switch (motion) {
    case Motion::kLeft:
      return straight(true, -1, rng);
    case Motion::kRight:
      return straight(true, 1, rng);
    case Motion::kUp:
      return straight(false, -1, rng);
    case Motion::kDown:
      return straight(false, 1, rng);
    case Motion::kGrowing:
      return breathing(true, rng);
    case Motion::kShrinking:
      return breathing(false, rng);
  }
  throw Error(ErrorKind::kInternal, "a motion that the world of shapes does not have");
}

Rgb any_colour(Rng& rng) {
  const double red = uniform(rng, 0, 255), green = uniform(rng, 0, 255), blue = uniform(rng, 0, 255);
  return {red, green, blue};
}

double distance(const Rgb& a, const Rgb& b) {
  const double red = a[0] - b[0], green = a[1] - b[1], blue = a[2] - b[2];
  return std::sqrt(red * red + green * green + blue * blue);
}

Rgb colour_apart_from(const Rgb& background, Rng& rng) {
  Rgb colour = any_colour(rng);
  while (distance(colour, background) < kLeastContrast) colour = any_colour(rng);
  return colour;
}

Track free_track(const Rgb& background, int width, int height, Rng& rng) {
  Track track;
  track.shape = Shape(uniform_below(rng, static_cast<int>(kShapes.size())));
  track.colour = colour_apart_from(background, rng);
  const double scale = scale_of(width, height);
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const double middle = (axis == 0 ? width : height) * uniform(rng, 0.1, 0.9);
    const double way = scale * uniform(rng, -30, 30);
    track.from[axis] = middle - way / 2;
    track.to[axis] = middle + way / 2;
  }
  const double radius = uniform(rng, 5, 17), growth = uniform(rng, -10, 10);
  track.radius_from = scale * std::clamp(radius - growth / 2, 4.0, 19.0);
  track.radius_to = scale * std::clamp(radius + growth / 2, 4.0, 19.0);
  return track;
}

std::uint8_t to_byte(double value) { return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5); }

/// One row by pixels, the rest by doubling what is there: a fraction of the time of a loop over pixels.
void fill(const Rgb& colour, std::span<std::uint8_t> frame) {
  for (std::size_t channel = 0; channel < 3; ++channel) frame[channel] = to_byte(colour[channel]);
  for (std::size_t done = 3; done < frame.size(); done *= 2)
    std::memcpy(frame.data() + done, frame.data(), std::min(done, frame.size() - done));
}

Outline outline_at(const Track& track, double t) {
  const auto between = [t](double from, double to) { return from + (to - from) * t; };
  return {track.shape, between(track.from[0], track.to[0]), between(track.from[1], track.to[1]),
          between(track.radius_from, track.radius_to)};
}

void paint(const Track& track, double t, int width, int height, std::span<std::uint8_t> frame) {
  for_each_covered(outline_at(track, t), width, height, [&](int y, int x, double coverage) {
    std::uint8_t* pixel = frame.data() + 3 * (static_cast<std::size_t>(y) * width + x);
    for (std::size_t channel = 0; channel < 3; ++channel)
      pixel[channel] = to_byte(pixel[channel] + (track.colour[channel] - pixel[channel]) * coverage);
  });
}

}  // namespace

Rgb rgb(Colour colour) { return kColourRgb.at(static_cast<std::size_t>(colour)); }
Rgb rgb(Background background) { return kBackgroundRgb.at(static_cast<std::size_t>(background)); }

Scene random_scene(const Subject& subject, int width, int height, Rng& rng) {
  const Placement placement = place(subject.motion, rng);
  const double scale = scale_of(width, height);
  const auto in_picture = [&](const std::array<double, 2>& point) {
    return std::array{width / 2.0 + scale * point[0], height / 2.0 + scale * point[1]};
  };
  return {rgb(subject.background),
          {{subject.shape, rgb(subject.colour), in_picture(placement.from), in_picture(placement.to),
            scale * placement.radius_from, scale * placement.radius_to}}};
}

Scene free_scene(int width, int height, Rng& rng) {
  Scene scene{any_colour(rng), {}};
  const int count = 1 + uniform_below(rng, 3);
  for (int i = 0; i < count; ++i) scene.tracks.push_back(free_track(scene.background, width, height, rng));
  return scene;
}

void draw(const Scene& scene, double t, int width, int height, std::span<std::uint8_t> frame) {
  if (width < 1 || height < 1 || frame.size() != static_cast<std::size_t>(width) * height * 3)
    throw Error(ErrorKind::kInternal,
                fmt::format("{} bytes for a frame of {}×{} pixels", frame.size(), width, height),
                "a frame takes height·width·3 bytes");
  fill(scene.background, frame);
  for (const Track& track : scene.tracks) paint(track, t, width, height, frame);
}

std::vector<std::uint8_t> draw_clip(const Scene& scene, int width, int height, int frames) {
  if (width < 1 || height < 1 || frames < 1)
    throw Error(ErrorKind::kInternal,
                fmt::format("no clip has {} frames of {}×{} pixels", frames, width, height));
  const std::size_t frame_bytes = static_cast<std::size_t>(width) * height * 3;
  std::vector<std::uint8_t> clip(frame_bytes * frames);
  for (int i = 0; i < frames; ++i) {
    const double t = frames > 1 ? i / (frames - 1.0) : 0.0;
    draw(scene, t, width, height, std::span(clip).subspan(i * frame_bytes, frame_bytes));
  }
  return clip;
}

}  // namespace clipmill::shapes
