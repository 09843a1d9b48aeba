#include "core/regression.h"

#include <algorithm>
#include <cmath>

namespace clipmill {
namespace {

constexpr std::size_t kKept = 200;  // older ones tell of another driver, another neighbour on the device
constexpr double kLargest = 1e30, kSmallest = 1e-30;

bool is_measurement(double value) { return value >= 0 && value <= kLargest; }

/// The lower one of an even number; 0 of none.
double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

void Regression::add(double x, double y) {
  if (!is_measurement(x) || !is_measurement(y)) return;
  points_.push_back({x < kSmallest ? 0 : x, y});
  if (points_.size() > kKept) points_.pop_front();
  fit_.reset();
}

void Regression::fit_line(Fit& fit) const {
  std::vector<double> slopes, intercepts;
  for (const Point& point : points_) {
    if (point.x > 0) slopes.push_back(point.y / point.x);
  }
  const double in_proportion = median(slopes);
  if (!through_origin_) {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const double dx = points_[i].x - points_[j].x;
        if (std::abs(dx) >= kSmallest) slopes.push_back((points_[i].y - points_[j].y) / dx);
      }
    }
  }
  fit.b = std::max(0.0, median(std::move(slopes)));
  if (through_origin_) return;
  for (const Point& point : points_) intercepts.push_back(point.y - fit.b * point.x);
  fit.a = median(std::move(intercepts));
  if (fit.a < 0) fit.a = 0, fit.b = in_proportion;
}

const Regression::Fit& Regression::fit() const {
  if (fit_) return *fit_;
  Fit& fit = *(fit_ = Fit());
  fit_line(fit);
  for (const Point& point : points_) {
    const double line = fit.a + fit.b * point.x;
    fit.largest_residual = std::max(fit.largest_residual, point.y - line);
    fit.largest_x = std::max(fit.largest_x, point.x);
    if (line > 0) fit.ratios.push_back(std::min(point.y / line, 1e30));
  }
  std::ranges::sort(fit.ratios);
  return fit;
}

double Regression::at(double x) const { return fit().a + fit().b * x; }
double Regression::upper(double x) const { return at(x) + fit().largest_residual; }
double Regression::largest_x() const { return fit().largest_x; }

double Regression::quantile(double x, double q) const {
  const auto& ratios = fit().ratios;
  if (ratios.empty()) return at(x);
  const auto count = static_cast<double>(ratios.size());
  const double rank = std::max(1.0, std::ceil((count + 1) * q));
  if (rank > count) return at(x) * ratios.back() * (1 + 1 / (2 * count));
  return at(x) * ratios[static_cast<std::size_t>(rank) - 1];
}

}  // namespace clipmill
