#include "schedule/list_rule.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "schedule/list_schedule.h"
#include "schedule/lower_bound.h"

namespace clipmill::schedule {
namespace {

double time_over_demand(const Task& task, const Instance&) {
  return task.demand > 0 ? task.time / task.demand : std::numeric_limits<double>::infinity();
}

double largest_share(const Task& task, const Instance& instance) {
  const double resource = instance.capacity > 0 ? task.demand / instance.capacity : 0;
  return task.time * std::max(resource, 1.0 / instance.machines);
}

}  // namespace

const ListRule kGuide = {"guide", "p / v, largest first; all wait for the first", time_over_demand, false};
const ListRule kGuideSkipping = {"guide-skipping", "p / v, largest first that fits", time_over_demand, true};
const ListRule kLargestArea = {"largest-area", "p · max(v / V, 1 / m), largest first that fits",
                               largest_share, true};

std::span<const ListRule* const> list_rules() {
  static constexpr std::array<const ListRule*, 3> kAll = {&kGuide, &kGuideSkipping, &kLargestArea};
  return kAll;
}

std::vector<int> order_by(const ListRule& rule, const Instance& instance) {
  std::vector<double> key;
  for (const Task& task : instance.tasks) key.push_back(rule.key(task, instance));
  std::vector<int> order(key.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](int j) { return key[j]; });
  return order;
}

Plan list_plan(const Instance& instance, const ListRule& rule) {
  const Problem problem(instance);
  const std::vector<int> order = order_by(rule, instance);
  const Schedule schedule = rule.skips ? start_what_fits(problem, order) : start_in_order(problem, order);
  return to_plan(problem, instance, schedule, area_bound(problem));
}

}  // namespace clipmill::schedule
