#include "schedule/serial_decoder.h"

#include <algorithm>

namespace clipmill::schedule {

SerialDecoder::SerialDecoder(const Problem& problem) : problem_(problem), least_left_(problem.length.size()) {
  schedule_.start.resize(problem.length.size());
  const auto V = std::max(1.0, static_cast<double>(amount_of(problem.capacity)));
  const double machine = 1.0 / static_cast<double>(machines_of(problem.capacity));
  for (const Resources need : problem.need) {
    share_.push_back(std::max(static_cast<double>(amount_of(need)) / V, machine));
  }
}

double SerialDecoder::excess(const std::vector<int>& order, Time target, double limit) {
  find_least_left(order);
  profile_.reset(problem_.capacity);
  schedule_.makespan = 0;
  double excess = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const int task = order[i];
    const Time length = problem_.length[task];
    if (length == 0) {
      schedule_.start[task] = 0;
      continue;
    }
    profile_.skip_full(least_left_[i]);
    schedule_.start[task] = profile_.place(problem_.need[task], length);
    const Time end = schedule_.start[task] + length;
    schedule_.makespan = std::max(schedule_.makespan, end);
    if (end <= target) continue;
    excess += static_cast<double>(end - target) * share_[task];
    if (excess > limit) break;
  }
  return excess;
}

void SerialDecoder::find_least_left(const std::vector<int>& order) {
  Resources least =
      resources(1, kMostResource);  // all need one machine, so that the lesser amount is the lesser number
  for (std::size_t i = order.size(); i-- > 0;) {
    least = std::min(least, problem_.need[order[i]]);
    least_left_[i] = least;
  }
}

}  // namespace clipmill::schedule
