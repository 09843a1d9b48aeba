#include "schedule/insertion_table.h"

#include <algorithm>

namespace clipmill::schedule {

InsertionTable::InsertionTable(const FlowShop& shop)
    : shop_(shop),
      stages_(static_cast<std::size_t>(shop.stages)),
      head_((static_cast<std::size_t>(shop.jobs) + 1) * stages_),
      tail_(head_.size()) {}

void InsertionTable::fill(const std::vector<int>& order) {
  std::fill_n(head(0), stages_, 0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    Time before = 0;
    for (std::size_t s = 0; s < stages_; ++s)
      before = head(i + 1)[s] = std::max(head(i)[s], before) + shop_.of(order[i])[s];
  }
  std::fill_n(tail(order.size()), stages_, 0);
  for (std::size_t i = order.size(); i-- > 0;) {
    Time after = 0;
    for (std::size_t s = stages_; s-- > 0;)
      after = tail(i)[s] = std::max(tail(i + 1)[s], after) + shop_.of(order[i])[s];
  }
}

Time InsertionTable::insert_best(std::vector<int>& order, int job) {
  fill(order);
  const std::span<const Time> time = shop_.of(job);
  std::size_t best_place = 0;
  std::pair<Time, Time> best{INT64_MAX, 0};  // makespan, idle time
  for (std::size_t place = 0; place <= order.size(); ++place) {
    Time end = 0, makespan = 0, sum = 0;
    for (std::size_t s = 0; s < stages_; ++s) {
      end = std::max(end, head(place)[s]) + time[s];
      makespan = std::max(makespan, end + tail(place)[s]);
      sum += head(place)[s] + time[s] + tail(place)[s];
    }
    const std::pair<Time, Time> found{makespan, -sum};
    if (found < best) {
      best = found;
      best_place = place;
    }
  }
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(best_place), job);
  return best.first;
}

}  // namespace clipmill::schedule
