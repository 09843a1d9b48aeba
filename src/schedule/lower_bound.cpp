#include "schedule/lower_bound.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace clipmill::schedule {
namespace {

Time divided_up(__int128 a, std::int64_t b) { return static_cast<Time>((a + b - 1) / b); }

/// Tasks of one demand taken together.
struct Demand {
  std::int64_t v;
  __int128 time;
};

/// Σ p·f(v) / f(V), for functions with whole values.
class Areas {
 public:
  explicit Areas(const Problem& problem) : capacity_(amount_of(problem.capacity)) {
    std::map<std::int64_t, __int128> times;
    for (int j = 0; j < problem.tasks(); ++j) times[amount_of(problem.need[j])] += problem.length[j];
    for (const auto& [v, time] : times) demands_.push_back({v, time});
  }

  template <typename Function>
  Time under(const Function& f, std::int64_t whole) const {
    __int128 area = 0;
    for (const auto& [v, time] : demands_) area += time * f(v);
    return divided_up(area, whole);
  }

  /// Thresholds worth trying: demands up to V/2 and what is left beside the larger ones, thinned out evenly.
  std::vector<std::int64_t> thresholds() const {
    std::vector<std::int64_t> all;
    for (const auto& [v, time] : demands_) all.push_back(2 * v <= capacity_ ? v : capacity_ - v + 1);
    std::erase_if(all, [&](std::int64_t k) { return k < 1 || 2 * k > capacity_; });
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    constexpr std::size_t kMost = 128;
    const std::size_t step = all.size() / kMost + 1;
    std::vector<std::int64_t> some;
    for (std::size_t i = 0; i < all.size(); i += step) some.push_back(all[i]);
    return some;
  }

 private:
  std::int64_t capacity_;
  std::vector<Demand> demands_;
};

/// What leaves less than k counts whole, what is below k not at all.
Time threshold_bound(const Areas& areas, std::int64_t V, std::int64_t k) {
  return areas.under([=](std::int64_t v) { return v > V - k ? V : v >= k ? v : 0; }, V);
}

/// Demands rounded down to multiples of k, large ones by what they leave.
Time rounding_bound(const Areas& areas, std::int64_t V, std::int64_t k) {
  const auto f = [=](std::int64_t v) {
    return 2 * v > V ? 2 * (V / k - (V - v) / k) : 2 * v == V ? V / k : 2 * (v / k);
  };
  return areas.under(f, 2 * (V / k));
}

/// Of k + 1 equal parts of V, as many as v fills, but for the last; a v that fills parts exactly keeps its
/// share.
Time parts_bound(const Areas& areas, std::int64_t V, std::int64_t k) {
  const auto f = [=](std::int64_t v) {
    const auto parts = static_cast<__int128>(k + 1) * v;
    return parts % V == 0 ? static_cast<__int128>(v) * k : static_cast<__int128>(parts / V) * V;
  };
  return areas.under(f, V * k);
}

}  // namespace

Time area_bound(const Problem& problem) {
  Time longest = 0, work = 0;
  __int128 use = 0;
  for (int j = 0; j < problem.tasks(); ++j) {
    longest = std::max(longest, problem.length[j]);
    work += problem.length[j];
    use += static_cast<__int128>(problem.length[j]) * amount_of(problem.need[j]);
  }
  const std::int64_t V = amount_of(problem.capacity), m = machines_of(problem.capacity);
  return std::max({longest, divided_up(work, m), V > 0 ? divided_up(use, V) : 0});
}

Time lower_bound(const Problem& problem) {
  const std::int64_t V = amount_of(problem.capacity);
  Time bound = area_bound(problem);
  if (V == 0) return bound;
  const Areas areas(problem);
  for (const std::int64_t k : areas.thresholds()) {
    bound = std::max({bound, threshold_bound(areas, V, k), rounding_bound(areas, V, k)});
  }
  constexpr std::int64_t kMostParts = 12;
  for (std::int64_t k = 1; k <= kMostParts; ++k) bound = std::max(bound, parts_bound(areas, V, k));
  return bound;
}

double lower_bound(const Instance& instance) {
  const Problem problem(instance);
  return problem.seconds(lower_bound(problem));
}

}  // namespace clipmill::schedule
