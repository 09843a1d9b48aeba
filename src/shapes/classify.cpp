#include "shapes/classify.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "shapes/matte.h"
#include "shapes/outline.h"

namespace clipmill::shapes {
namespace {

// Distances of colours, of 0..255.
constexpr double kBackgroundTolerance = 0.25 * 255, kColourTolerance = 0.35 * 255;
/// |log(last area / first area)| beyond which a shape grows or shrinks.
constexpr double kLeastGrowth = 0.7;
/// Pixels of the native size that a moving shape covers at least.
constexpr double kLeastWay = 10;
/// Mean absolute difference to the redrawn shape, over its area, from which on it is none.
constexpr double kLargestDifference = 0.45;
/// Blur would favour the circle: coverage is made steeper around one half before shapes are compared.
constexpr float kSharpening = 3;

/// How much of the foreground a frame shows, and where.
struct Blob {
  double area = 0, x = 0, y = 0;
};

Blob blob_of(std::span<const float> coverage, int width) {
  double area = 0, x = 0, y = 0;
  for (std::size_t i = 0, row = 0; i < coverage.size(); i += width, ++row) {
    double in_row = 0;
    for (int column = 0; column < width; ++column) {
      in_row += coverage[i + column];
      x += coverage[i + column] * (column + 0.5);
    }
    area += in_row;
    y += in_row * (row + 0.5);
  }
  return area > 0 ? Blob{area, x / area, y / area} : Blob{};
}

template <typename Named, std::size_t count>
std::optional<Named> nearest(const Rgb& colour, const std::array<std::string_view, count>&,
                             double tolerance) {
  std::optional<Named> best;
  for (std::size_t i = 0; i < count; ++i) {
    const Rgb named = rgb(Named(i));
    const double red = named[0] - colour[0], green = named[1] - colour[1], blue = named[2] - colour[2];
    const double distance = std::sqrt(red * red + green * green + blue * blue);
    if (distance >= tolerance) continue;
    tolerance = distance;
    best = Named(i);
  }
  return best;
}

/// A matte frame by frame.
class Frames {
 public:
  Frames(const ClipView& clip, std::span<const float> coverage)
      : width_(clip.width), height_(clip.height), size_(clip.frame_pixels()), coverage_(coverage) {}

  int width() const { return width_; }
  int height() const { return height_; }
  std::size_t count() const { return coverage_.size() / size_; }
  std::span<const float> frame(std::size_t index) const { return coverage_.subspan(index * size_, size_); }
  Blob blob(std::size_t index) const { return blob_of(frame(index), width_); }

 private:
  int width_, height_;
  std::size_t size_;
  std::span<const float> coverage_;
};

std::optional<Motion> direction(double x, double y, double least) {
  const double larger = std::max(std::abs(x), std::abs(y)), smaller = std::min(std::abs(x), std::abs(y));
  if (larger < least || smaller > larger / 2) return std::nullopt;
  if (std::abs(x) > std::abs(y)) return x < 0 ? Motion::kLeft : Motion::kRight;
  return y < 0 ? Motion::kUp : Motion::kDown;
}

/// Empty too when one of the first or last two frames shows nothing: a shape that appears does not grow.
std::optional<Motion> motion_of(const Frames& frames) {
  const std::size_t count = frames.count();
  if (count < 2) return std::nullopt;
  const Blob first = frames.blob(0), second = frames.blob(1);
  const Blob next_to_last = frames.blob(count - 2), last = frames.blob(count - 1);
  if (std::min({first.area, second.area, next_to_last.area, last.area}) <= 0) return std::nullopt;
  const double growth = std::log((next_to_last.area + last.area) / (first.area + second.area));
  if (std::abs(growth) > kLeastGrowth) return growth > 0 ? Motion::kGrowing : Motion::kShrinking;
  const double x = (next_to_last.x + last.x - first.x - second.x) / 2;
  const double y = (next_to_last.y + last.y - first.y - second.y) / 2;
  return direction(x, y, kLeastWay * std::min(frames.width(), frames.height()) / 64.0);
}

std::vector<float> sharpened(std::span<const float> coverage) {
  std::vector<float> sharp(coverage.begin(), coverage.end());
  for (float& value : sharp) value = std::clamp((value - 0.5f) * kSharpening + 0.5f, 0.0f, 1.0f);
  return sharp;
}

/// Mean absolute difference between a frame and `shape` drawn with the same centroid and area, over that
/// area.
double difference(Shape shape, const Blob& blob, std::span<const float> frame, int width, int height) {
  double sum = blob.area;  // all of the frame's shape, where the drawn one shows nothing
  const Outline outline{shape, blob.x, blob.y, std::sqrt(blob.area / std::numbers::pi)};
  for_each_covered(outline, width, height, [&](int y, int x, double coverage) {
    const double seen = frame[static_cast<std::size_t>(y) * width + x];
    sum += std::abs(coverage - seen) - seen;
  });
  return sum / blob.area;
}

/// A frame that shows nothing counts as wrong in full, for every shape.
std::optional<Shape> shape_of(const Frames& frames) {
  std::array<double, kShapes.size()> sums{};
  for (std::size_t i = 0; i < frames.count(); ++i) {
    const Blob blob = frames.blob(i);
    for (std::size_t shape = 0; shape < sums.size(); ++shape)
      sums[shape] += blob.area > 0
                         ? difference(Shape(shape), blob, frames.frame(i), frames.width(), frames.height())
                         : 1.0;
  }
  const auto best = std::ranges::min_element(sums);
  if (*best >= kLargestDifference * static_cast<double>(frames.count())) return std::nullopt;
  return Shape(best - sums.begin());
}

void check(const ClipView& clip) {
  if (clip.frames < 1 || clip.height < 1 || clip.width < 1 || clip.pixels.size() != 3 * clip.pixel_count())
    throw Error(ErrorKind::kInternal,
                fmt::format("{} bytes for a clip of {} frames of {}×{} pixels", clip.pixels.size(),
                            clip.frames, clip.width, clip.height),
                "a clip takes frames·height·width·3 bytes");
}

}  // namespace

Verdict classify(std::span<const std::uint8_t> pixels, int frames, int height, int width) {
  const ClipView clip{pixels, frames, height, width};
  check(clip);
  const Matte matte = take_apart(clip);
  Verdict verdict;
  verdict.background = nearest<Background>(matte.background, kBackgrounds, kBackgroundTolerance);
  if (matte.coverage.empty()) return verdict;
  verdict.colour = nearest<Colour>(matte.foreground, kColours, kColourTolerance);
  verdict.motion = motion_of({clip, matte.coverage});
  verdict.shape = shape_of({clip, sharpened(matte.coverage)});
  return verdict;
}

Match match(const Verdict& verdict, const Subject& subject) {
  return {verdict.shape == subject.shape, verdict.colour == subject.colour, verdict.motion == subject.motion,
          verdict.background == subject.background};
}

}  // namespace clipmill::shapes
