#include "schedule/iterated_greedy.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "schedule/insertion_table.h"
#include "schedule/random.h"

namespace clipmill::schedule {
namespace {

// As Dubois-Lacoste, Pagnozzi and Stützle tuned them.
constexpr int kTakenOut = 2;
constexpr double kTemperature = 0.7;  // in tenths of the mean time of a job in a stage

std::vector<int> by_falling_total(const FlowShop& shop) {
  std::vector<int> order(static_cast<std::size_t>(shop.jobs));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](int job) {
    return std::accumulate(shop.of(job).begin(), shop.of(job).end(), Time{0});
  });
  return order;
}

class IteratedGreedy {
 public:
  IteratedGreedy(const FlowShop& shop, std::uint64_t seed) : shop_(shop), table_(shop), random_(seed) {
    const double sum = static_cast<double>(std::accumulate(shop.time.begin(), shop.time.end(), Time{0}));
    temperature_ = kTemperature * sum / static_cast<double>(shop.time.size()) / 10;
  }

  FlowShopPlan begin() {
    current_ = neh(shop_);
    improve(current_.order, current_.makespan);
    return best_ = current_;
  }

  void step() {
    FlowShopPlan next = current_;
    std::vector<int> taken;
    for (int i = 0; i < std::min(kTakenOut, shop_.jobs - 1); ++i) {
      const auto place = next.order.begin() + random_.below(static_cast<int>(next.order.size()));
      taken.push_back(*place);
      next.order.erase(place);
    }
    Time partial = makespan(shop_, next.order);
    improve(next.order, partial);
    for (const int job : taken) next.makespan = table_.insert_best(next.order, job);
    improve(next.order, next.makespan);
    accept(std::move(next));
  }

  const FlowShopPlan& best() const { return best_; }

 private:
  /// Moves each job to its best place, in random order, until none gets better.
  void improve(std::vector<int>& order, Time& makespan) {
    std::vector<int> jobs = order;
    for (bool better = true; better;) {
      better = false;
      random_.shuffle(jobs);
      for (const int job : jobs) {
        std::vector<int> moved = order;
        std::erase(moved, job);
        const Time found = table_.insert_best(moved, job);
        if (found > makespan) continue;
        better |= found < makespan;
        makespan = found;
        order.swap(moved);
      }
    }
  }

  void accept(FlowShopPlan next) {
    if (next.makespan < best_.makespan) best_ = next;
    const auto worse = static_cast<double>(next.makespan - current_.makespan);
    if (worse <= 0 || random_.chance(std::exp(-worse / temperature_))) current_ = std::move(next);
  }

  const FlowShop& shop_;
  InsertionTable table_;
  Random random_;
  double temperature_;
  FlowShopPlan current_, best_;
};

}  // namespace

FlowShopPlan neh(const FlowShop& shop) {
  InsertionTable table(shop);
  FlowShopPlan plan{.lower_bound = lower_bound(shop)};
  for (const int job : by_falling_total(shop)) plan.makespan = table.insert_best(plan.order, job);
  return plan;
}

FlowShopPlan iterated_greedy(const FlowShop& shop, const SearchBudget& budget, const Clock& clock) {
  if (shop.jobs < 2) return neh(shop);
  const double begun = clock.now();
  IteratedGreedy search(shop, budget.seed);
  search.begin();
  for (std::int64_t step = 0; step < budget.steps && search.best().makespan > search.best().lower_bound;
       ++step) {
    if (clock.now() - begun >= budget.seconds) break;
    search.step();
  }
  return search.best();
}

}  // namespace clipmill::schedule
