#include "core/trend.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

namespace clipmill {
namespace {

constexpr double kTwoSided95 = 1.959964;  // quantile of the normal distribution

int sign(double x) { return (x > 0) - (x < 0); }

/// Of all pairs i < j, in no order.
std::vector<double> pair_slopes(std::span<const double> y) {
  std::vector<double> slopes;
  slopes.reserve(y.size() * (y.size() - 1) / 2);
  for (std::size_t i = 0; i < y.size(); ++i) {
    for (std::size_t j = i + 1; j < y.size(); ++j)
      slopes.push_back((y[j] - y[i]) / static_cast<double>(j - i));
  }
  return slopes;
}

double at_rank(std::vector<double>& values, double rank) {
  const double last = static_cast<double>(values.size() - 1);
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(std::clamp(rank, 0.0, last));
  std::ranges::nth_element(values, place);
  return *place;
}

/// Kendall's S for independent values with ties: n(n−1)(2n+5) − Σt(t−1)(2t+5), over 18.
double independent_variance(std::span<const double> y) {
  const auto term = [](double n) { return n * (n - 1) * (2 * n + 5); };
  std::map<double, int> ties;
  for (const double value : y) ++ties[value];
  double sum = term(static_cast<double>(y.size()));
  for (const auto& [value, count] : ties) sum -= term(count);
  return sum / 18;
}

/// 1 … n; equal values share the mean of theirs.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    for (std::size_t k = first; k < end; ++k) ranks[order[k]] = static_cast<double>(first + end + 1) / 2;
  }
  return ranks;
}

double autocorrelation(const std::vector<double>& deviations, std::size_t lag) {
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < deviations.size(); ++i) {
    squares += deviations[i] * deviations[i];
    if (i + lag < deviations.size()) sum += deviations[i] * deviations[i + lag];
  }
  return squares > 0 ? sum / squares : 0;
}

/// By how much dependence between neighbours makes the variance larger: of the ranks of what the trend
/// leaves. Lags beyond a third of the series have too few pairs to tell.
double dependence(std::span<const double> y, double slope) {
  std::vector<double> rest(y.begin(), y.end());
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= slope * static_cast<double>(i);
  std::vector<double> ranks = ranks_of(rest);
  const auto n = static_cast<double>(y.size());
  for (double& rank : ranks) rank -= (n + 1) / 2;
  double sum = 0;
  for (std::size_t lag = 1; lag <= y.size() / 3; ++lag) {
    const double r = autocorrelation(ranks, lag), k = static_cast<double>(lag);
    if (std::abs(r) > kTwoSided95 / std::sqrt(n)) sum += (n - k) * (n - k - 1) * (n - k - 2) * r;
  }
  return std::max(1.0, 1 + 2 * sum / (n * (n - 1) * (n - 2)));
}

}  // namespace

Trend trend_of(std::span<const double> series) {
  if (series.size() < 3) return {};
  std::vector<double> slopes = pair_slopes(series);
  const double s = std::accumulate(slopes.begin(), slopes.end(), 0.0,
                                   [](double sum, double slope) { return sum + sign(slope); });
  const auto pairs = static_cast<double>(slopes.size());
  Trend trend{.slope = at_rank(slopes, pairs / 2)};
  const double deviation = std::sqrt(independent_variance(series) * dependence(series, trend.slope));
  trend.low = at_rank(slopes, (pairs - kTwoSided95 * deviation) / 2);
  trend.high = at_rank(slopes, (pairs + kTwoSided95 * deviation) / 2);
  if (deviation > 0) trend.p_rising = std::erfc((s - sign(s)) / deviation / std::sqrt(2.0)) / 2;
  return trend;
}

}  // namespace clipmill
