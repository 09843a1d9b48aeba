// Orders into schedules, many thousand times a second.
#pragma once

#include <limits>
#include <vector>

#include "schedule/problem.h"
#include "schedule/profile.h"
#include "schedule/schedule.h"

namespace clipmill::schedule {

/// The serial scheme: one task after the other at its earliest start among those placed before it. For any
/// problem there is an order with which this is optimal.
class SerialDecoder {
 public:
  explicit SerialDecoder(const Problem& problem);

  /// How far an order misses `target`: the sum over tasks of what runs after it, each weighted by its share
  /// of machines or resource, whichever is more. 0 exactly if the makespan is at most `target`. Given up,
  /// with any value above `limit`, as soon as that is passed.
  double excess(const std::vector<int>& order, Time target,
                double limit = std::numeric_limits<double>::infinity());

  /// Of the last order that was not given up.
  const Schedule& schedule() const { return schedule_; }
  /// max(v / V, 1 / m)
  double share(int task) const { return share_[task]; }

 private:
  void find_least_left(const std::vector<int>& order);

  const Problem& problem_;
  Profile profile_;
  Schedule schedule_;
  std::vector<double> share_;
  std::vector<Resources> least_left_;  // of the tasks from a place in the order on
};

}  // namespace clipmill::schedule
