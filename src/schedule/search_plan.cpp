#include "schedule/search_plan.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "schedule/annealing.h"
#include "schedule/list_rule.h"
#include "schedule/list_schedule.h"
#include "schedule/lower_bound.h"

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

void begin(Annealing& search, const Problem& problem, const Instance& instance, const ListRule& rule) {
  if (search.is_optimal()) return;
  const std::vector<int> order = order_by(rule, instance);
  search.offer(rule.skips ? start_what_fits(problem, order) : start_in_order(problem, order));
  search.try_order(order);
}

}  // namespace

Plan search_plan(const Instance& instance, const SearchBudget& budget, const Clock& clock) {
  const double begun = clock.now();
  const Problem problem(instance);
  const Time bound = lower_bound(problem);
  Annealing search(problem, bound, budget.seed);
  for (const ListRule* rule : list_rules()) begin(search, problem, instance, *rule);
  for (const ListRule& rule : kStarts) begin(search, problem, instance, rule);
  std::int64_t steps = 0;
  search.run([&] {
    const double elapsed = clock.now() - begun,
                 done = static_cast<double>(steps) / static_cast<double>(budget.steps);
    steps += Annealing::kStepsPerLook;
    return elapsed >= budget.seconds ? 1.0 : std::max(elapsed / budget.seconds, done);
  });
  return to_plan(problem, instance, search.best(), bound);
}

}  // namespace clipmill::schedule
