#include "cost/estimate_review.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace clipmill {
namespace {

struct Gathered {
  ReviewRow row;
  StageWork work;  // of the latest
  std::vector<double> seconds, errors;
};

double middle_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[(values.size() - 1) / 2];
}

double relative_error(double predicted, double measured) {
  return measured > 0 ? predicted / measured - 1 : 0;
}

void compare(Gathered& gathered, const Measurement& measurement, const StageEstimate& before) {
  gathered.work = measurement.work;
  gathered.seconds.push_back(measurement.seconds);
  ReviewRow& row = gathered.row;
  row.measured_peak = std::max(row.measured_peak, measurement.peak_bytes);
  if (before.basis != Basis::kSame) return;
  ++row.ahead;
  gathered.errors.push_back(std::abs(relative_error(before.seconds, measurement.seconds)));
  row.over += measurement.peak_bytes > before.reservation;
}

}  // namespace

std::vector<ReviewRow> review_estimates(std::span<const Measurement> measurements) {
  std::map<std::pair<StageKey, ClipShape>, Gathered> all;
  Estimator estimator;
  for (const Measurement& measurement : measurements) {
    Gathered& gathered = all[{measurement.key, measurement.shape}];
    compare(gathered, measurement, estimator.estimate(measurement.key, measurement.work));
    estimator.add(measurement);
  }
  std::vector<ReviewRow> rows;
  for (auto& [key_and_shape, gathered] : all) {
    ReviewRow& row = gathered.row;
    std::tie(row.key, row.shape) = key_and_shape;
    row.measurements = gathered.seconds.size();
    row.measured_seconds = middle_of(gathered.seconds);
    row.error_ahead = middle_of(gathered.errors);
    row.predicted = estimator.estimate(row.key, gathered.work);
    row.error = relative_error(row.predicted.seconds, row.measured_seconds);
    rows.push_back(row);
  }
  return rows;
}

}  // namespace clipmill
