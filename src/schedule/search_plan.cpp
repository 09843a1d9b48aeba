#include "schedule/search_plan.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "schedule/annealing.h"
#include "schedule/key_search.h"
#include "schedule/list_rule.h"
#include "schedule/list_schedule.h"
#include "schedule/lower_bound.h"
#include "schedule/pattern_bound.h"

namespace clipmill::schedule {
namespace {

double resource_share(const Task& task, const Instance& instance) {
  return instance.capacity > 0 ? task.demand / instance.capacity : 0;
}

/// Orders to begin with, beside those of `list_rules`.
constexpr std::array<ListRule, 5> kStarts = {{
    {"longest", "p", [](const Task& t, const Instance&) { return t.time; }, true},
    {"largest-demand", "v", [](const Task& t, const Instance&) { return t.demand; }, true},
    {"both-areas", "p · (v / V + 1 / m)",
     [](const Task& t, const Instance& i) { return t.time * (resource_share(t, i) + 1.0 / i.machines); },
     true},
    {"root", "p · √(v / V)",
     [](const Task& t, const Instance& i) { return t.time * std::sqrt(resource_share(t, i)); }, true},
    {"halves", "v > V/2 first, then p · v",
     [](const Task& t, const Instance& i) {
       const double v = resource_share(t, i);
       return v > 0.5 ? 1e100 + t.time : t.time * v;
     },
     true},
}};

/// The serial scheme takes time as the square of the tasks: seconds for one schedule of more.
constexpr int kMostTasksForSerial = 5000;

void begin(Annealing& search, const Problem& problem, const Instance& instance, const ListRule& rule) {
  if (search.is_optimal()) return;
  const std::vector<int> order = order_by(rule, instance);
  search.offer(rule.skips ? start_what_fits(problem, order) : start_in_order(problem, order));
  if (problem.tasks() <= kMostTasksForSerial) search.try_order(order);
}

constexpr int kMostTasksForPatterns = 50;  // of more, patterns were never seen to tell more than areas
constexpr double kStartShare = 0.3, kPatternShare = 0.2, kKeyShare = 0.6;  // of the time: each ends by then

}  // namespace

Plan search_plan(const Instance& instance, const SearchBudget& budget, const Clock& clock) {
  const double begun = clock.now();
  const auto time_spent = [&] {
    const double elapsed = clock.now() - begun;
    return elapsed >= budget.seconds ? 1.0 : elapsed / budget.seconds;
  };
  const Problem problem(instance);
  Time bound = lower_bound(problem);
  Annealing search(problem, bound, budget.seed);
  for (const ListRule* rule : list_rules()) begin(search, problem, instance, *rule);
  for (const ListRule& rule : kStarts) {
    if (time_spent() < kStartShare) begin(search, problem, instance, rule);
  }
  if (!search.is_optimal() && problem.tasks() <= kMostTasksForPatterns) {
    bound = pattern_bound(problem, bound, [&] { return time_spent() >= kPatternShare; });
    search.raise_bound(bound);
  }
  search_keys(search, problem, instance, budget.seed, [&] { return time_spent() >= kKeyShare; });
  if (problem.tasks() > kMostTasksForSerial) return to_plan(problem, instance, search.best(), bound);
  std::int64_t steps = 0;
  search.run([&] {
    const double done = static_cast<double>(steps) / static_cast<double>(budget.steps);
    steps += Annealing::kStepsPerLook;
    return std::max(time_spent(), done);
  });
  return to_plan(problem, instance, search.best(), bound);
}

}  // namespace clipmill::schedule
