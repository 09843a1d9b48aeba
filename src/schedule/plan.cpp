#include "schedule/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clipmill::schedule {
namespace {

constexpr double kTolerance = 1e-9;

using Violation = std::optional<std::string>;

double end_of(const Instance& instance, const Plan& plan, int task) {
  return plan.start[task] + instance.tasks[task].time;
}

Violation bad_numbers(const Instance& instance, const Plan& plan) {
  const std::size_t n = instance.tasks.size();
  if (plan.start.size() != n || plan.machine.size() != n) {
    return fmt::format("{} starts and {} machines for {} tasks", plan.start.size(), plan.machine.size(), n);
  }
  double last = 0;
  for (int j = 0; j < static_cast<int>(n); ++j) {
    if (!(plan.start[j] >= 0)) return fmt::format("task {} starts at {}", j + 1, plan.start[j]);
    if (plan.machine[j] < 0 || plan.machine[j] >= instance.machines) {
      return fmt::format("task {} runs on machine {} of {}", j + 1, plan.machine[j], instance.machines);
    }
    last = std::max(last, end_of(instance, plan, j));
  }
  if (!(std::abs(plan.makespan - last) <= kTolerance * last)) {
    return fmt::format("the makespan is given as {}, but the last task ends at {}", plan.makespan, last);
  }
  if (plan.lower_bound > last * (1 + kTolerance)) {
    return fmt::format("the lower bound {} is above the makespan {}", plan.lower_bound, last);
  }
  return {};
}

/// Of those that take time, as the others hold nothing.
std::vector<int> by_start(const Instance& instance, const Plan& plan) {
  std::vector<int> order;
  for (int j = 0; j < static_cast<int>(instance.tasks.size()); ++j) {
    if (instance.tasks[j].time > 0) order.push_back(j);
  }
  std::ranges::stable_sort(order, {}, [&](int j) { return plan.start[j]; });
  return order;
}

/// Whether task j, which just started, may run beside those that run.
Violation conflict(const Instance& instance, const Plan& plan, const std::vector<int>& running, int j) {
  double demand = 0;
  std::vector<int> numbers;
  for (const int i : running) {
    if (i != j && plan.machine[i] == plan.machine[j]) {
      return fmt::format("tasks {} and {} are both on machine {} at {}", i + 1, j + 1, plan.machine[j],
                         plan.start[j]);
    }
    demand += instance.tasks[i].demand;
    numbers.push_back(i + 1);
  }
  if (demand <= instance.capacity * (1 + kTolerance)) return {};
  return fmt::format("tasks {} demand {} of {} at {}", fmt::join(numbers, ", "), demand, instance.capacity,
                     plan.start[j]);
}

}  // namespace

std::optional<std::string> violation(const Instance& instance, const Plan& plan) {
  if (Violation found = bad_numbers(instance, plan)) return found;
  std::vector<int> running;
  for (const int j : by_start(instance, plan)) {
    const double now = plan.start[j] + kTolerance * plan.makespan;
    std::erase_if(running, [&](int i) { return end_of(instance, plan, i) <= now; });
    running.push_back(j);
    if (Violation found = conflict(instance, plan, running, j)) return found;
  }
  return {};
}

}  // namespace clipmill::schedule
