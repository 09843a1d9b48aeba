#include "schedule/best_pattern.h"

#include <algorithm>
#include <map>

namespace clipmill::schedule {
namespace {

constexpr int kMostNodes = 20'000;

struct Item {
  std::int64_t price, demand;
  int tasks, class_index;
};

/// For a price λ of a machine, at least what `items` from `first` on are worth in `room` and `slots`: the
/// fractional knapsack of prices less λ, and λ for each slot. The items must lie in the order of that
/// knapsack.
double most_worth(const std::vector<Item>& items, std::size_t first, std::int64_t room, int slots,
                  std::int64_t lambda) {
  double worth = static_cast<double>(lambda) * slots;
  auto left = static_cast<double>(room);
  for (std::size_t i = first; i < items.size() && items[i].price > lambda; ++i) {
    const auto gain = static_cast<double>(items[i].price - lambda),
               demand = static_cast<double>(items[i].demand);
    const double pieces = std::min({items[i].tasks, slots});
    if (pieces * demand > left) return worth + gain * left / demand;
    worth += pieces * gain;
    left -= pieces * demand;
  }
  return worth;
}

void sort_for(std::vector<Item>& items, std::int64_t lambda) {
  std::ranges::stable_sort(items, [&](const Item& a, const Item& b) {
    if ((a.demand == 0) != (b.demand == 0)) return a.demand == 0;  // takes no room: before whatever does
    return static_cast<__int128>(a.price - lambda) * std::max<std::int64_t>(b.demand, 1) >
           static_cast<__int128>(b.price - lambda) * std::max<std::int64_t>(a.demand, 1);
  });
  std::ranges::stable_partition(items, [&](const Item& item) { return item.price > lambda; });
}

class PatternSearch {
 public:
  PatternSearch(std::vector<Item> items, std::int64_t room, int slots) : items_(std::move(items)) {
    choose_lambda(room, slots);
    count_.resize(items_.size());
    best_count_ = count_;
    search(0, room, slots, 0);
  }

  bool complete() const { return nodes_ <= kMostNodes; }
  std::int64_t worth() const { return best_; }
  void write(std::vector<int>& count) const {
    for (std::size_t i = 0; i < items_.size(); ++i)
      count[static_cast<std::size_t>(items_[i].class_index)] = best_count_[i];
  }

 private:
  /// The bound is convex in λ: golden search would do, thirds do as well.
  void choose_lambda(std::int64_t room, int slots) {
    std::int64_t low = 0, high = 0;
    for (const Item& item : items_) high = std::max(high, item.price);
    const auto bound = [&](std::int64_t lambda) {
      sort_for(items_, lambda);
      return most_worth(items_, 0, room, slots, lambda);
    };
    for (int i = 0; i < 24 && high - low > 2; ++i) {
      const std::int64_t a = low + (high - low) / 3, b = high - (high - low) / 3;
      (bound(a) <= bound(b) ? high : low) = bound(a) <= bound(b) ? b : a;
    }
    lambda_ = (low + high) / 2;
    sort_for(items_, lambda_);
  }

  void search(std::size_t i, std::int64_t room, int slots, std::int64_t worth) {
    if (worth > best_) {
      best_ = worth;
      best_count_ = count_;
    }
    if (++nodes_ > kMostNodes || i == items_.size() || slots == 0) return;
    if (static_cast<double>(worth) + most_worth(items_, i, room, slots, lambda_) <
        static_cast<double>(best_) + 0.5)
      return;
    const Item& item = items_[i];
    int most = std::min(item.tasks, slots);
    if (item.demand > 0) most = static_cast<int>(std::min<std::int64_t>(most, room / item.demand));
    for (int n = most; n >= 0; --n) {
      count_[i] = n;
      search(i + 1, room - n * item.demand, slots - n, worth + n * item.price);
    }
    count_[i] = 0;
  }

  std::vector<Item> items_;
  std::vector<int> count_, best_count_;
  std::int64_t lambda_ = 0, best_ = 0;
  int nodes_ = 0;
};

}  // namespace

std::vector<DemandClass> demand_classes(const Problem& problem) {
  std::map<std::int64_t, DemandClass> classes;
  for (int task = 0; task < problem.tasks(); ++task) {
    if (problem.length[task] == 0) continue;
    const std::int64_t demand = amount_of(problem.need[task]);
    DemandClass& found = classes[demand];
    found = {demand, found.tasks + 1, found.time + problem.length[task]};
  }
  std::vector<DemandClass> all;
  for (const auto& [demand, found] : classes) all.push_back(found);
  return all;
}

Pattern best_pattern(const Problem& problem, const std::vector<DemandClass>& classes,
                     const std::vector<std::int64_t>& prices) {
  std::vector<Item> items;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (prices[c] > 0) items.push_back({prices[c], classes[c].demand, classes[c].tasks, static_cast<int>(c)});
  }
  const PatternSearch search(std::move(items), amount_of(problem.capacity),
                             static_cast<int>(machines_of(problem.capacity)));
  Pattern pattern{
      .count = std::vector<int>(classes.size(), 0), .worth = search.worth(), .is_best = search.complete()};
  search.write(pattern.count);
  return pattern;
}

}  // namespace clipmill::schedule
