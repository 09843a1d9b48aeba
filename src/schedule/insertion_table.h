// All places of one job in an order at the cost of one schedule.
#pragma once

#include <vector>

#include "schedule/flow_shop.h"

namespace clipmill::schedule {

/// Heads and tails of an order's schedule, from which the makespan of each insertion follows in O(stages)
/// (Taillard 1990).
class InsertionTable {
 public:
  explicit InsertionTable(const FlowShop& shop);

  /// Puts `job` into `order` where the makespan is least, and returns that. Of equal places, the one that
  /// leaves the stages the least idle beside the job: there the stages' sums of head, job and tail are
  /// nearest to the makespan.
  Time insert_best(std::vector<int>& order, int job);

 private:
  void fill(const std::vector<int>& order);
  Time* head(std::size_t place) { return &head_[place * stages_]; }
  Time* tail(std::size_t place) { return &tail_[place * stages_]; }

  const FlowShop& shop_;
  std::size_t stages_;
  std::vector<Time> head_;  // [place, stage]: when the jobs before `place` have left the stage
  std::vector<Time> tail_;  // [place, stage]: how long the jobs from `place` on need from that stage on
};

}  // namespace clipmill::schedule
