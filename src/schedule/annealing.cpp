#include "schedule/annealing.h"

#include <algorithm>
#include <cmath>

namespace clipmill::schedule {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

/// In mean areas of a task, p · share. Found by trial on the classes of testing/makespan_instances.h.
constexpr double kHottest = 0.1, kColdest = 0.005;

std::vector<int> by_falling_end(const Problem& problem, const Schedule& schedule) {
  std::vector<int> order(schedule.start.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
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
    if (i % 16 == 0) {  // a clock costs as much as a small schedule
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
  const int a = random_.below(problem_.tasks()), b = random_.below(problem_.tasks());
  if (random_.chance(0.5)) {
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
