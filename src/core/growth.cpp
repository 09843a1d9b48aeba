#include "core/growth.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/trend.h"

namespace clipmill {
namespace {

constexpr std::size_t kThirds = 3, kBlocks = 6;
constexpr double kEven = 0.2, kVeryEven = 0.5;  // least share of a block's rise in the mean rise
constexpr double kNearlyMonotone = 0.9;         // Kendall's tau

/// How small p must be for the whole and for each part.
struct Threshold {
  double whole, part;
};
constexpr Threshold kSuspected{1e-4, 5e-3}, kCertain{1e-6, 1e-3};

std::span<const double> settled(std::span<const double> series) {
  series = series.last(std::min(series.size(), kMostJobsForGrowth));
  return series.subspan(series.size() / 4);
}

/// Number `i` of `count` equal ones.
std::span<const double> part(std::span<const double> series, std::size_t i, std::size_t count) {
  const std::size_t begin = series.size() * i / count, end = series.size() * (i + 1) / count;
  return series.subspan(begin, end - begin);
}

double median(std::span<const double> series) {
  std::vector<double> values(series.begin(), series.end());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Whether the series' level rises by about as much everywhere.
bool is_even(std::span<const double> series, double share) {
  std::array<double, kBlocks> levels;
  for (std::size_t i = 0; i < kBlocks; ++i) levels[i] = median(part(series, i, kBlocks));
  const double least = share * (levels.back() - levels.front()) / (kBlocks - 1);
  for (std::size_t i = 1; i < kBlocks; ++i) {
    if (levels[i] - levels[i - 1] <= least) return false;
  }
  return levels.back() > levels.front();
}

double worst_part(std::span<const double> series) {
  double p = 0;
  for (std::size_t i = 0; i < kThirds; ++i) p = std::max(p, trend_of(part(series, i, kThirds)).p_rising);
  return p;
}

/// Kendall's τ: 1 where each value is larger than all before it.
double concordance(std::span<const double> series) {
  std::int64_t rising = 0, pairs = 0;
  for (std::size_t j = 1; j < series.size(); ++j) {
    for (std::size_t i = 0; i < j; ++i, ++pairs) rising += (series[j] > series[i]) - (series[j] < series[i]);
  }
  return static_cast<double>(rising) / static_cast<double>(pairs);
}

GrowthVerdict judge(std::span<const double> series, const Trend& whole) {
  if (whole.low <= 0 || !is_even(series, kEven)) return GrowthVerdict::kNone;
  // One small step in an otherwise exact line makes its rest depend on itself so much that p says nothing.
  if (concordance(series) >= kNearlyMonotone && is_even(series, kVeryEven)) return GrowthVerdict::kCertain;
  if (whole.p_rising > kSuspected.whole) return GrowthVerdict::kNone;
  const double p = worst_part(series);
  if (whole.p_rising <= kCertain.whole && p <= kCertain.part) return GrowthVerdict::kCertain;
  return p <= kSuspected.part ? GrowthVerdict::kSuspected : GrowthVerdict::kNone;
}

}  // namespace

std::string_view to_string(GrowthVerdict verdict) {
  static constexpr std::array<std::string_view, 3> kNames = {"none", "suspected", "certain"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Growth assess_growth(std::span<const double> bytes_after_jobs) {
  if (bytes_after_jobs.size() < kFewestJobsForGrowth) return {};
  const std::span<const double> series = settled(bytes_after_jobs);
  const Trend trend = trend_of(series);
  return {judge(series, trend), trend.slope, trend.low, trend.high, 1 - trend.p_rising};
}

}  // namespace clipmill
