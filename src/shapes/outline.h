// The three shapes as signed distances, and which pixels they cover.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "shapes/subject.h"

namespace clipmill::shapes {

/// A shape of area π·radius² whose centroid is at (x, y), in pixels; y points down.
struct Outline {
  Shape shape = Shape::kCircle;
  double x = 0, y = 0, radius = 0;
};

/// How far a shape reaches from its centroid.
struct Extent {
  double aside, above, below;
};

/// Signed distances to the outline from a point at (dx, dy) from the centroid: negative inside, in pixels.
struct Circle {
  explicit Circle(double radius) : r(radius) {}
  double operator()(double dx, double dy) const { return std::sqrt(dx * dx + dy * dy) - r; }
  Extent extent() const { return {r, r, r}; }
  double r;
};

struct Square {
  explicit Square(double radius) : half(radius * std::sqrt(std::numbers::pi) / 2) {}
  double operator()(double dx, double dy) const {
    const double x = std::abs(dx) - half, y = std::abs(dy) - half;
    const double out_x = std::max(x, 0.0), out_y = std::max(y, 0.0);
    return std::sqrt(out_x * out_x + out_y * out_y) + std::min(std::max(x, y), 0.0);
  }
  Extent extent() const { return {half, half, half}; }
  double half;
};

/// Equilateral, apex up; the right half is measured, the left one mirrored on it.
struct Triangle {
  explicit Triangle(double radius)
      : inner(radius * std::sqrt(std::numbers::pi / (3 * std::numbers::sqrt3))),
        half(inner * std::numbers::sqrt3) {}

  double operator()(double dx, double dy) const {
    const double x = std::abs(dx);
    const double inside = std::max(dy, kCos30 * x - dy / 2) - inner;  // to the nearer of base and side
    return inside <= 0 ? inside : std::sqrt(std::min(to_base(x, dy), to_side(x, dy)));
  }
  Extent extent() const { return {half, 2 * inner, inner}; }

  static constexpr double kCos30 = std::numbers::sqrt3 / 2;
  double inner;  ///< radius of the inscribed circle
  double half;   ///< half of a side

 private:
  double to_base(double x, double y) const {  // squared
    const double past = std::max(x - half, 0.0);
    return past * past + (y - inner) * (y - inner);
  }
  double to_side(double x, double y) const {  // squared; the side runs from the right corner up to the apex
    const double from_x = x - half, from_y = y - inner;
    const double along = std::clamp(-from_x / 2 - from_y * kCos30, 0.0, 2 * half);
    const double off_x = from_x + along / 2, off_y = from_y + along * kCos30;
    return off_x * off_x + off_y * off_y;
  }
};

namespace detail {

template <typename Distance, typename Paint>
void visit(const Outline& outline, int width, int height, Paint& paint) {
  const Distance distance(outline.radius);
  const Extent extent = distance.extent();
  const auto pixel = [](double at, int size) { return static_cast<int>(std::clamp(at, 0.0, double(size))); };
  const int left = pixel(outline.x - extent.aside - 1, width),
            right = pixel(outline.x + extent.aside + 2, width);
  const int top = pixel(outline.y - extent.above - 1, height),
            bottom = pixel(outline.y + extent.below + 2, height);
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x) {
      const double coverage = 0.5 - distance(x + 0.5 - outline.x, y + 0.5 - outline.y);
      if (coverage > 0) paint(y, x, std::min(coverage, 1.0));
    }
}

}  // namespace detail

/// Calls paint(y, x, coverage) for each pixel of the picture with coverage > 0, coverage being
/// clamp(0.5 − signed distance, 0, 1) at the pixel's centre. Looks at nothing outside the bounding box.
template <typename Paint>
void for_each_covered(const Outline& outline, int width, int height, Paint paint) {
  switch (outline.shape) {
    case Shape::kCircle:
      return detail::visit<Circle>(outline, width, height, paint);
    case Shape::kSquare:
      return detail::visit<Square>(outline, width, height, paint);
    case Shape::kTriangle:
      return detail::visit<Triangle>(outline, width, height, paint);
  }
}

}  // namespace clipmill::shapes
