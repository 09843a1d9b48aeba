// Orders for a flow shop: a good one at once, and a better one in time.
#pragma once

#include <vector>

#include "base/clock.h"
#include "schedule/flow_shop.h"
#include "schedule/search_budget.h"

namespace clipmill::schedule {

struct FlowShopPlan {
  std::vector<int> order;
  Time makespan = 0;
  Time lower_bound = 0;
};

/// The jobs by falling total time, each inserted at its best place (Nawaz, Enscore and Ham 1983). O(n² ·
/// stages).
FlowShopPlan neh(const FlowShop& shop);

/// Takes a few jobs out and inserts them again, with a local search of what stays and of the whole (Ruiz and
/// Stützle 2007; Dubois-Lacoste, Pagnozzi and Stützle 2017). A step of the budget is one such round. Ends
/// early at a makespan that is the lower bound.
FlowShopPlan iterated_greedy(const FlowShop& shop, const SearchBudget& budget, const Clock& clock);

}  // namespace clipmill::schedule
