#include "schedule/flow_shop.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace clipmill::schedule {

Time makespan(const FlowShop& shop, std::span<const int> order) {
  std::vector<Time> end(static_cast<std::size_t>(shop.stages), 0);
  for (const int job : order) {
    Time before = 0;
    for (int stage = 0; stage < shop.stages; ++stage)
      before = end[stage] = std::max(end[stage], before) + shop.at(job, stage);
  }
  return end.back();
}

Time lower_bound(const FlowShop& shop) {
  if (shop.jobs == 0) return 0;
  Time bound = 0;
  std::vector<Time> head(static_cast<std::size_t>(shop.jobs), 0), tail;
  for (int job = 0; job < shop.jobs; ++job)
    tail.push_back(std::accumulate(shop.of(job).begin(), shop.of(job).end(), Time{0}));
  bound = std::ranges::max(tail);
  for (int stage = 0; stage < shop.stages; ++stage) {
    Time work = 0;
    for (int job = 0; job < shop.jobs; ++job) {
      work += shop.at(job, stage);
      tail[job] -= shop.at(job, stage);
    }
    bound = std::max(bound, std::ranges::min(head) + work + std::ranges::min(tail));
    for (int job = 0; job < shop.jobs; ++job) head[job] += shop.at(job, stage);
  }
  return bound;
}

double equal_jobs_makespan(std::span<const double> stage_times, int jobs) {
  if (jobs <= 0 || stage_times.empty()) return 0;
  return std::accumulate(stage_times.begin(), stage_times.end(), 0.0) +
         (jobs - 1) * std::ranges::max(stage_times);
}

std::vector<int> johnson_order(const FlowShop& shop) {
  if (shop.stages != 2) throw input_error("Johnson's rule is for 2 stages, not {}", shop.stages);
  std::vector<int> order(static_cast<std::size_t>(shop.jobs));
  std::iota(order.begin(), order.end(), 0);
  // First those that are quicker in the first stage, by rising first time; then the rest by falling second
  // time.
  std::ranges::stable_sort(order, {}, [&](int job) {
    const Time first = shop.at(job, 0), second = shop.at(job, 1);
    return first < second ? std::pair{0, first} : std::pair{1, -second};
  });
  return order;
}

}  // namespace clipmill::schedule
