#include "shapes/outline.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shapes/uniform.h"

namespace clipmill::shapes {
namespace {

struct Sums {
  double area = 0, x = 0, y = 0;
};

Sums sums_of(const Outline& outline, int width, int height) {
  Sums sums;
  for_each_covered(outline, width, height, [&](int y, int x, double coverage) {
    sums.area += coverage;
    sums.x += coverage * (x + 0.5);
    sums.y += coverage * (y + 0.5);
  });
  return sums;
}

RC_GTEST_PROP(Outline, HasItsAreaAndCentroid, (std::uint64_t seed)) {
  Rng rng(seed);
  const Outline outline{Shape(uniform_below(rng, 3)), uniform(rng, 40, 60), uniform(rng, 40, 60),
                        uniform(rng, 5, 20)};
  const Sums sums = sums_of(outline, 100, 100);
  // Anti-aliased corners are a little rounder than the shape.
  RC_ASSERT(std::abs(sums.area / (std::numbers::pi * outline.radius * outline.radius) - 1) < 0.02);
  RC_ASSERT(std::abs(sums.x / sums.area - outline.x) < 0.05);
  RC_ASSERT(std::abs(sums.y / sums.area - outline.y) < 0.05);
}

template <typename Distance>
double coverage_at(const Outline& outline, int x, int y) {
  const double distance = Distance(outline.radius)(x + 0.5 - outline.x, y + 0.5 - outline.y);
  return std::clamp(0.5 - distance, 0.0, 1.0);
}

double coverage_at(const Outline& outline, int x, int y) {
  switch (outline.shape) {
    case Shape::kCircle:
      return coverage_at<Circle>(outline, x, y);
    case Shape::kSquare:
      return coverage_at<Square>(outline, x, y);
    default:
      return coverage_at<Triangle>(outline, x, y);
  }
}

RC_GTEST_PROP(Outline, MissesNoCoveredPixelEvenAtTheEdge, (std::uint64_t seed)) {
  Rng rng(seed);
  const Outline outline{Shape(uniform_below(rng, 3)), uniform(rng, -10, 40), uniform(rng, -10, 30),
                        uniform(rng, 0, 20)};
  std::vector<double> seen(30 * 20, 0.0), expected(30 * 20);
  for_each_covered(outline, 30, 20, [&](int y, int x, double coverage) { seen.at(y * 30 + x) = coverage; });
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 30; ++x) expected[y * 30 + x] = coverage_at(outline, x, y);
  RC_ASSERT(seen == expected);
}

TEST(Outline, FarOutsideThePictureCoversNothing) {
  for (const double far : {-1e300, -1e9, 1e9, 1e300})
    EXPECT_EQ(sums_of({Shape::kTriangle, far, 10, 5}, 64, 64).area, 0) << far;
}

TEST(Distance, OfASquareIsKnown) {
  const Square square(2 / std::sqrt(std::numbers::pi));  // half a side is 1
  EXPECT_NEAR(square(0, 0), -1, 1e-12);
  EXPECT_NEAR(square(0.5, -0.25), -0.5, 1e-12);
  EXPECT_NEAR(square(3, 0.5), 2, 1e-12);
  EXPECT_NEAR(square(-4, 5), 5, 1e-12);  // 3 and 4 past the corner
}

TEST(Distance, OfATriangleIsKnown) {
  const Triangle triangle(
      std::sqrt(3 * std::numbers::sqrt3 / std::numbers::pi));  // the inscribed circle's radius is 1
  EXPECT_NEAR(triangle(0, 0), -1, 1e-12);
  EXPECT_NEAR(triangle(0.5, 4), 3, 1e-12);                           // below the base
  EXPECT_NEAR(triangle(0, -2), 0, 1e-12);                            // the apex
  EXPECT_NEAR(triangle(0, -5), 3, 1e-12);                            // above it
  EXPECT_NEAR(triangle(-std::numbers::sqrt3 - 3, 1 + 4), 5, 1e-12);  // past the left corner
  EXPECT_NEAR(triangle(std::numbers::sqrt3, -1), 1, 1e-12);          // beside the middle of the right side
}

/// A distance changes by as much as one moves, along some direction.
RC_GTEST_PROP(Distance, OfATriangleNeverChangesFasterThanTheWay, (std::uint64_t seed)) {
  Rng rng(seed);
  const Triangle triangle(uniform(rng, 2, 10));
  const double x = uniform(rng, -20, 20), y = uniform(rng, -20, 20);
  const double dx = uniform(rng, -1, 1), dy = uniform(rng, -1, 1);
  RC_ASSERT(std::abs(triangle(x + dx, y + dy) - triangle(x, y)) <= std::sqrt(dx * dx + dy * dy) + 1e-9);
}

}  // namespace
}  // namespace clipmill::shapes
