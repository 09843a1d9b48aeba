// Orders of tasks, improved by simulated annealing.
#pragma once

#include <functional>
#include <vector>

#include "schedule/random.h"
#include "schedule/serial_decoder.h"

namespace clipmill::schedule {

/// Keeps the best schedule of all orders it has tried. An order is judged by its excess over the best
/// makespan so far less one tick (SerialDecoder::excess): of orders with equal makespans, which are most,
/// that tells the nearer miss.
class Annealing {
 public:
  /// `progress` is looked at once in so many steps, as a clock costs as much as a small schedule.
  static constexpr int kStepsPerLook = 16;

  /// `bound`: a makespan that cannot be beaten. `problem` must outlive it.
  Annealing(const Problem& problem, Time bound, std::uint64_t seed)
      : problem_(problem), decoder_(problem), random_(seed), bound_(bound) {}

  /// Tries `order`, and those by falling end of the schedules so found: the same schedule, pushed to the
  /// other end of time ("justification"; Valls, Ballestín and Quintanilla 2005).
  void try_order(std::vector<int> order);
  /// A schedule that somebody else found.
  void offer(const Schedule& schedule);
  void raise_bound(Time bound) { bound_ = bound; }
  /// Swaps, moves and pushes tasks, until `progress` returns 1. It begins at 0, and cools the search.
  void run(const std::function<double()>& progress);

  const Schedule& best() const { return best_; }
  bool is_optimal() const { return best_.makespan <= bound_; }

 private:
  double judge(const std::vector<int>& order, double limit);
  void change(std::vector<int>& order);
  double mean_area() const;

  const Problem& problem_;
  SerialDecoder decoder_;
  Random random_;
  Time bound_;
  Schedule best_{.makespan = INT64_MAX};
};

}  // namespace clipmill::schedule
