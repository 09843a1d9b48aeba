// Which tasks would one run at a moment, if each had a price?
#pragma once

#include <vector>

#include "schedule/problem.h"

namespace clipmill::schedule {

/// Tasks of one demand, taken together.
struct DemandClass {
  std::int64_t demand = 0;
  int tasks = 0;
  Time time = 0;  ///< Σ p
};

/// In the order of their demands; none of time 0.
std::vector<DemandClass> demand_classes(const Problem& problem);

/// How many tasks of each class run at once.
struct Pattern {
  std::vector<int> count;
  std::int64_t worth = 0;
  bool is_best = false;  ///< known to be
};

/// The pattern of most worth under whole prices ≥ 0 for a task of each class: a knapsack with a limited
/// number of pieces, solved by depth-first search with a Lagrangian bound on that number. If that takes too
/// long, the best one found. Prices must stay below 2^40.
Pattern best_pattern(const Problem& problem, const std::vector<DemandClass>& classes,
                     const std::vector<std::int64_t>& prices);

}  // namespace clipmill::schedule
