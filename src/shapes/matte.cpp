#include "shapes/matte.h"

#include <algorithm>
#include <cmath>

namespace clipmill::shapes {
namespace {

constexpr double kQuantile = 0.995, kForegroundPart = 0.8;
constexpr double kLeastCoverage = 0.2;

/// The median of bytes, by counting them; the lower one of an even number.
class ByteMedian {
 public:
  void add(std::uint8_t value) {
    ++counts_[value];
    ++total_;
  }
  int median() const {
    std::size_t below = 0;
    for (int value = 0; value < 256; ++value)
      if ((below += counts_[value]) > (total_ - 1) / 2) return value;
    return 0;
  }
  std::size_t total() const { return total_; }

 private:
  std::array<std::size_t, 256> counts_{};
  std::size_t total_ = 0;
};

class ColourMedian {
 public:
  void add(const std::uint8_t* pixel) {
    for (std::size_t channel = 0; channel < 3; ++channel) channels_[channel].add(pixel[channel]);
  }
  std::array<int, 3> median() const {
    return {channels_[0].median(), channels_[1].median(), channels_[2].median()};
  }
  bool empty() const { return channels_[0].total() == 0; }

 private:
  std::array<ByteMedian, 3> channels_;
};

std::array<int, 3> border_colour(const ClipView& clip) {
  ColourMedian median;
  for (int frame = 0; frame < clip.frames; ++frame) {
    const std::size_t first = frame * clip.frame_pixels(), width = clip.width;
    for (int x = 0; x < clip.width; ++x) {
      median.add(clip.pixel(first + x));
      median.add(clip.pixel(first + (clip.height - 1) * width + x));
    }
    for (int y = 0; y < clip.height; ++y) {
      median.add(clip.pixel(first + y * width));
      median.add(clip.pixel(first + y * width + clip.width - 1));
    }
  }
  return median.median();
}

std::vector<int> squared_distances(const ClipView& clip, const std::array<int, 3>& from) {
  std::vector<int> distances(clip.pixel_count());
  for (std::size_t i = 0; i < distances.size(); ++i) {
    const std::uint8_t* pixel = clip.pixel(i);
    const int red = pixel[0] - from[0], green = pixel[1] - from[1], blue = pixel[2] - from[2];
    distances[i] = red * red + green * green + blue * blue;
  }
  return distances;
}

/// The quantile of the distances, interpolated linearly between two of them.
double distance_quantile(std::vector<int> squared, double part) {
  const double position = part * static_cast<double>(squared.size() - 1);
  const auto at = squared.begin() + static_cast<std::ptrdiff_t>(position);
  std::nth_element(squared.begin(), at, squared.end());
  const double low = std::sqrt(*at);
  const double high = at + 1 == squared.end() ? low : std::sqrt(*std::min_element(at + 1, squared.end()));
  return low + (high - low) * (position - std::floor(position));
}

ColourMedian foreground_colour(const ClipView& clip, const std::array<int, 3>& background) {
  const std::vector<int> squared = squared_distances(clip, background);
  const double least = kForegroundPart * distance_quantile(squared, kQuantile);
  ColourMedian median;
  for (std::size_t i = 0; i < squared.size(); ++i)
    if (squared[i] > least * least) median.add(clip.pixel(i));
  return median;
}

std::vector<float> coverage_of(const ClipView& clip, const Rgb& from, const Rgb& to) {
  const Rgb way = {to[0] - from[0], to[1] - from[1], to[2] - from[2]};
  const double length = way[0] * way[0] + way[1] * way[1] + way[2] * way[2];
  if (length == 0) return {};
  std::vector<float> coverage(clip.pixel_count());
  for (std::size_t i = 0; i < coverage.size(); ++i) {
    const std::uint8_t* pixel = clip.pixel(i);
    const double along =
        ((pixel[0] - from[0]) * way[0] + (pixel[1] - from[1]) * way[1] + (pixel[2] - from[2]) * way[2]) /
        length;
    coverage[i] = along < kLeastCoverage ? 0.0f : static_cast<float>(std::min(along, 1.0));
  }
  return coverage;
}

Rgb to_rgb(const std::array<int, 3>& colour) {
  return {double(colour[0]), double(colour[1]), double(colour[2])};
}

}  // namespace

Matte take_apart(const ClipView& clip) {
  const std::array<int, 3> background = border_colour(clip);
  const ColourMedian foreground = foreground_colour(clip, background);
  if (foreground.empty()) return {to_rgb(background), to_rgb(background), {}};
  Matte matte{to_rgb(background), to_rgb(foreground.median()), {}};
  matte.coverage = coverage_of(clip, matte.background, matte.foreground);
  return matte;
}

}  // namespace clipmill::shapes
