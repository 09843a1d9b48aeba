#include "schedule/annealing.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clipmill::schedule {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

// All found by trial on the classes of testing/makespan_instances.h.
constexpr double kHottest = 0.05, kColdest = 0.01;  // in mean areas of a task, p · share
constexpr double kPush = 0.2;   // of all changes, those that push to the other end of time
constexpr double kNear = 0.3;   // of the others, those within a tenth of the order
constexpr double kSwap = 0.75;  // of the others, swaps; the rest moves one task

std::vector<int> by_falling_end(const Problem& problem, const Schedule& schedule) {
  std::vector<int> order(schedule.start.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(),
                           [&](int task) { return schedule.start[task] + problem.length[task]; });
  return order;
}

}  // namespace

void Annealing::try_order(std::vector<int> order) {
  constexpr int kPushes = 2;
  judge(order, kUnlimited);
  for (int i = 0; i < kPushes && !is_optimal(); ++i) {
    order = by_falling_end(problem_, decoder_.schedule());
    judge(order, kUnlimited);
  }
}

void Annealing::offer(const Schedule& schedule) {
  if (schedule.makespan < best_.makespan) best_ = schedule;
}

void Annealing::run(const std::function<double()>& progress) {
  const double area = mean_area();
  std::vector<int> order = order_of(best_), changed;
  double excess = judge(order, kUnlimited), heat = 0;
  for (std::int64_t i = 0; problem_.tasks() > 1 && !is_optimal(); ++i) {
    if (i % kStepsPerLook == 0) {
      const double done = progress();
      if (done >= 1) return;
      heat = area * kHottest * std::pow(kColdest / kHottest, done);
    }
    changed = order;
    change(changed);
    // The usual test of Metropolis, turned round so that decoding may be given up.
    const double limit = excess - heat * std::log(1 - random_.uniform());
    const Time before = best_.makespan;
    const double found = judge(changed, limit);
    if (found > limit) continue;
    order.swap(changed);
    excess = best_.makespan < before ? judge(order, kUnlimited) : found;
  }
}

double Annealing::judge(const std::vector<int>& order, double limit) {
  const double excess = decoder_.excess(order, best_.makespan - 1, limit);
  if (excess <= limit) offer(decoder_.schedule());
  return excess;
}

void Annealing::change(std::vector<int>& order) {
  if (random_.chance(kPush)) {
    judge(order, kUnlimited);
    order = by_falling_end(problem_, decoder_.schedule());
    return;
  }
  const int n = problem_.tasks(), a = random_.below(n), reach = std::max(3, n / 10);
  const int b =
      random_.chance(kNear) ? std::clamp(a + random_.between(-reach, reach), 0, n - 1) : random_.below(n);
  if (random_.chance(kSwap)) {
    std::swap(order[a], order[b]);
  } else if (a < b) {
    std::rotate(order.begin() + a, order.begin() + a + 1, order.begin() + b + 1);
  } else {
    std::rotate(order.begin() + b, order.begin() + a, order.begin() + a + 1);
  }
}

double Annealing::mean_area() const {
  double sum = 0;
  for (int task = 0; task < problem_.tasks(); ++task) {
    sum += static_cast<double>(problem_.length[task]) * decoder_.share(task);
  }
  return sum / std::max(1, problem_.tasks());
}

}  // namespace clipmill::schedule
