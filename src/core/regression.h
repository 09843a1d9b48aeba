// A line through measurements that a few wild ones do not move.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace clipmill {

/// y ≈ a + b·x over the latest measurements, a and b at least 0, so that more work never takes less. The line
/// is Theil and Sen's: b is the median slope of all pairs, the origin being one of the points (little is
/// known at first, and then cost grows in proportion to work), a the median of y − b·x. Never NaN or
/// infinite.
class Regression {
 public:
  /// Through the origin: for measurements whose constant part differs, as those of several models.
  explicit Regression(bool through_origin = false) : through_origin_(through_origin) {}

  /// What is negative, not finite or beyond 1e30 is no measurement.
  void add(double x, double y);

  std::size_t size() const { return points_.size(); }
  /// The line.
  double at(double x) const;
  /// The line times the ⌈(n+1)·q⌉-th smallest ratio of measurement to line: the next ratio lies below with
  /// probability q if they are exchangeable (split conformal prediction, Lei et al. 2018). With too few
  /// measurements for that, somewhat more than the largest.
  double quantile(double x, double q) const;
  /// The line plus the largest residual: at least what was measured for this x or a smaller one.
  double upper(double x) const;
  double largest_x() const;

 private:
  struct Point {
    double x, y;
  };
  struct Fit {
    double a = 0, b = 0;
    double largest_residual = 0;
    double largest_x = 0;
    std::vector<double> ratios;  // ascending
  };
  const Fit& fit() const;
  void fit_line(Fit& fit) const;

  bool through_origin_;
  std::deque<Point> points_;
  mutable std::optional<Fit> fit_;  // of points_, made when first asked for
};

}  // namespace clipmill
