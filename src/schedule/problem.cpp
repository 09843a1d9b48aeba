#include "schedule/problem.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace clipmill::schedule {
namespace {

/// The power of ten that makes all of `values` whole, if there is one that keeps `largest` at most `limit`.
std::optional<double> decimal_scale(const std::vector<double>& values, double largest, double limit) {
  const auto is_whole = [](double x) { return std::abs(x - std::round(x)) <= 1e-14 * x; };
  for (double scale = 1; scale <= 1e9 && largest * scale <= limit; scale *= 10) {
    if (std::ranges::all_of(values, [&](double x) { return is_whole(x * scale); })) return scale;
  }
  return std::nullopt;
}

double positive(double x) { return x > 0 ? x : 1; }

void set_lengths(Problem& problem, const std::vector<double>& times) {
  const double sum = std::accumulate(times.begin(), times.end(), 0.0);
  const std::optional<double> exact = decimal_scale(times, sum, 0x1p50);
  problem.ticks_per_second = exact.value_or(0x1p40 / positive(sum));
  for (const double time : times) {
    const double ticks = time * problem.ticks_per_second;
    problem.length.push_back(static_cast<Time>(exact ? std::round(ticks) : std::ceil(ticks)));
  }
  // The makespan of some best plan is a sum of lengths, so a multiple of what divides them all.
  const Time divisor = std::accumulate(problem.length.begin(), problem.length.end(), Time{0},
                                       [](Time a, Time b) { return std::gcd(a, b); });
  if (divisor <= 1) return;
  for (Time& length : problem.length) length /= divisor;
  problem.ticks_per_second /= static_cast<double>(divisor);
}

}  // namespace

Problem::Problem(const Instance& instance) {
  check(instance);
  std::vector<double> times, amounts{instance.capacity};
  for (const auto& [time, demand] : instance.tasks) {
    times.push_back(time);
    amounts.push_back(demand);
  }
  set_lengths(*this, times);
  const std::optional<double> exact =
      decimal_scale(amounts, instance.capacity, static_cast<double>(kMostResource));
  const double scale = exact.value_or(0x1p40 / positive(instance.capacity));
  const auto whole = [&](double x) {
    return static_cast<std::int64_t>(exact ? std::round(x * scale) : std::floor(x * scale));
  };
  const auto n = static_cast<std::int64_t>(instance.tasks.size());
  capacity =
      resources(std::min({std::int64_t{instance.machines}, std::max<std::int64_t>(n, 1), kMostMachines}),
                whole(instance.capacity));
  for (const auto& task : instance.tasks) need.push_back(resources(1, whole(task.demand)));
}

}  // namespace clipmill::schedule
