#include "schedule/key_search.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "schedule/list_schedule.h"

namespace clipmill::schedule {
namespace {

struct Exponents {
  double a, b, c;
};

Exponents drawn(Random& random) {
  return {1.5 * random.uniform(), 1.5 * random.uniform(), random.chance(0.3) ? 0.0 : random.uniform()};
}

Exponents changed(const Exponents& from, Random& random) {
  const auto step = [&](double x) {
    return std::max(0.0, x + 0.3 * (random.uniform() + random.uniform() - 1));
  };
  return {step(from.a), step(from.b), step(from.c)};
}

/// Largest key first.
std::vector<int> ordered(const Instance& instance, const Exponents& e) {
  constexpr double kTiny = 1e-12;  // a logarithm is wanted of tasks that need nothing, too
  const double whole = instance.capacity > 0 ? instance.capacity : 1;
  std::vector<double> key;
  for (const auto& [time, demand] : instance.tasks) {
    key.push_back(e.a * std::log(time + kTiny) +
                  e.b * std::log(demand / whole + e.c / instance.machines + kTiny));
  }
  std::vector<int> order(key.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(),
                           [&](int task) { return key[static_cast<std::size_t>(task)]; });
  return order;
}

}  // namespace

void search_keys(Annealing& search, const Problem& problem, const Instance& instance, std::uint64_t seed,
                 const std::function<bool()>& stop) {
  constexpr int kDrawn = 40;
  const std::int64_t n = problem.tasks(), tries = kDrawn + n * n / 100;
  Random random(seed);
  Exponents best{1, 1, 0};
  Time least = INT64_MAX;
  for (std::int64_t i = 0; i < tries && !search.is_optimal() && !stop(); ++i) {
    const Exponents next = i < kDrawn ? drawn(random) : changed(best, random);
    const Schedule schedule = start_what_fits(problem, ordered(instance, next));
    search.offer(schedule);
    if (schedule.makespan > least) continue;
    least = schedule.makespan;
    best = next;
  }
}

}  // namespace clipmill::schedule
