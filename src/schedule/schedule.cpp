#include "schedule/schedule.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>

namespace clipmill::schedule {
namespace {

template <typename T>
using Smallest = std::priority_queue<T, std::vector<T>, std::greater<>>;

/// A sweep over time; there are enough machines, since no more than m tasks run at once.
std::vector<int> machines(const Problem& problem, const Schedule& schedule) {
  std::vector<int> machine(schedule.start.size(), 0);
  Smallest<int> idle;
  Smallest<std::pair<Time, int>> busy;  // until when, machine
  int used = 0;
  for (const int j : order_of(schedule)) {
    if (problem.length[j] == 0) continue;
    for (; !busy.empty() && busy.top().first <= schedule.start[j]; busy.pop()) idle.push(busy.top().second);
    if (idle.empty()) idle.push(used++);
    machine[j] = idle.top();
    idle.pop();
    busy.emplace(schedule.start[j] + problem.length[j], machine[j]);
  }
  return machine;
}

}  // namespace

std::vector<int> order_of(const Schedule& schedule) {
  std::vector<int> order(schedule.start.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](int j) { return schedule.start[j]; });
  return order;
}

Plan to_plan(const Problem& problem, const Instance& instance, const Schedule& schedule, Time lower_bound) {
  Plan plan{.machine = machines(problem, schedule)};
  for (int j = 0; j < problem.tasks(); ++j) {
    plan.start.push_back(problem.seconds(schedule.start[j]));
    plan.makespan = std::max(plan.makespan, plan.start.back() + instance.tasks[j].time);
  }
  plan.lower_bound = std::min(plan.makespan, problem.seconds(lower_bound));
  return plan;
}

}  // namespace clipmill::schedule
