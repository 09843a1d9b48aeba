#include "schedule/list_schedule.h"

#include <algorithm>
#include <functional>
#include <queue>

#include "schedule/first_fitting.h"

namespace clipmill::schedule {
namespace {

/// Tasks run until they end; time goes on from end to end.
class Running {
 public:
  explicit Running(const Problem& problem) : problem_(problem), free_(problem.capacity) {
    schedule_.start.resize(problem.length.size());
  }

  bool fits_now(int task) const { return fits(problem_.need[task], free_); }
  Resources free() const { return free_; }

  void start(int task) {
    schedule_.start[task] = now_;
    const Time end = now_ + problem_.length[task];
    schedule_.makespan = std::max(schedule_.makespan, end);
    if (problem_.length[task] == 0) return;
    free_ -= problem_.need[task];
    ends_.emplace(end, task);
  }

  /// To the next moment at which something ends.
  void wait() {
    for (now_ = ends_.top().first; !ends_.empty() && ends_.top().first == now_; ends_.pop()) {
      free_ += problem_.need[ends_.top().second];
    }
  }

  Schedule take() { return std::move(schedule_); }

 private:
  using End = std::pair<Time, int>;
  const Problem& problem_;
  Resources free_;
  Time now_ = 0;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  Schedule schedule_;
};

}  // namespace

Schedule start_in_order(const Problem& problem, const std::vector<int>& order) {
  Running running(problem);
  for (const int task : order) {
    while (!running.fits_now(task)) running.wait();
    running.start(task);
  }
  return running.take();
}

Schedule start_what_fits(const Problem& problem, const std::vector<int>& order) {
  Running running(problem);
  FirstFitting waiting(problem, order);
  for (std::size_t left = order.size(); left > 0;) {
    for (int place = 0; left > 0 && machines_of(running.free()) > 0; ++place) {
      place = waiting.find(place, amount_of(running.free()));
      if (place < 0) break;
      running.start(order[place]);
      waiting.remove(place);
      --left;
    }
    if (left > 0) running.wait();
  }
  return running.take();
}

}  // namespace clipmill::schedule
